package org.vmcore.gdbstub.rsp;

/** A packet that does not follow its grammar; costs that packet only. */
final class MalformedPacketException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedPacketException(String message) {
    super(message, null, false, false);
  }
}
