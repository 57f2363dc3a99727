package org.vmcore.gdbstub.server;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where debuggers connect. */
public sealed interface ListenAddress {

  /** The text that {@link #parse} takes. */
  @Override
  String toString();

  /**
   * @param port 1 to 65535, or 0 for any that is free
   */
  record Tcp(String host, int port) implements ListenAddress {
    private static final int LAST_PORT = 65535;

    public Tcp {
      if (host.isEmpty() || port < 0 || port > LAST_PORT) {
        throw new IllegalArgumentException(host + ":" + port);
      }
    }

    @Override
    public String toString() {
      return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
    }
  }

  /** A Unix domain socket. */
  record Unix(Path path) implements ListenAddress {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /** Standard input and output, for {@code target remote | COMMAND}. */
  record Stdio() implements ListenAddress {
    @Override
    public String toString() {
      return "stdio";
    }
  }

  /** A dump holds the machine's secrets, so nobody outside is let in unless the user says so. */
  String DEFAULT_HOST = "127.0.0.1";

  /**
   * Understands {@code PORT}, {@code :PORT}, {@code HOST:PORT}, {@code [IPV6]:PORT}, {@code
   * unix:PATH} and {@code stdio}.
   *
   * @throws IllegalArgumentException with one line for the user
   */
  static ListenAddress parse(String text) {
    if (text.equals("stdio")) {
      return new Stdio();
    }
    if (text.startsWith("unix:")) {
      return unix(text, text.substring("unix:".length()));
    }
    int colon = text.lastIndexOf(':');
    int port = port(text, text.substring(colon + 1));
    String host = colon <= 0 ? DEFAULT_HOST : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]") && host.length() > 2) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw wrong(text, "an IPv6 address goes in brackets: [" + host + "]:" + port);
    } else if (host.contains("[") || host.contains("]") || host.contains("/")) {
      throw wrong(text, "no such host name");
    }
    return new Tcp(host, port);
  }

  private static ListenAddress unix(String text, String path) {
    if (path.isEmpty()) {
      throw wrong(text, "the path is missing");
    }
    try {
      return new Unix(Path.of(path));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("'" + text + "': " + e.getMessage(), e);
    }
  }

  private static int port(String text, String digits) {
    int port = -1;
    if (digits.matches("[0-9]{1,5}")) {
      port = Integer.parseInt(digits);
    }
    if (port < 0 || port > Tcp.LAST_PORT) {
      throw wrong(text, "expected PORT (0 to 65535), HOST:PORT, [IPV6]:PORT, unix:PATH or stdio");
    }
    return port;
  }

  private static IllegalArgumentException wrong(String text, String why) {
    return new IllegalArgumentException("'" + text + "': " + why);
  }
}
