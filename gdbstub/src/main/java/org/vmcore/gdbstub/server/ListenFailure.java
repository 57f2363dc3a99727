package org.vmcore.gdbstub.server;

import java.io.IOException;
import java.net.BindException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;

/** Words why an address cannot be listened on. */
final class ListenFailure {
  private ListenFailure() {}

  static IOException of(ListenAddress address, Throwable cause) {
    return new IOException("cannot listen on " + address + ": " + reason(cause), cause);
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    String lower = message.toLowerCase(Locale.ROOT);
    if (cause instanceof UnresolvedAddressException) {
      return "no such host; name an address of this machine with --listen";
    }
    if (cause instanceof BindException && lower.contains("in use")) {
      return "in use already; choose another with --listen, such as --listen 0 for any free port";
    }
    if (cause instanceof BindException && lower.contains("cannot assign")) {
      return "not an address of this machine; choose another with --listen";
    }
    if (lower.contains("permission denied")) {
      return "permission denied; choose another with --listen";
    }
    return message + "; choose another with --listen";
  }
}
