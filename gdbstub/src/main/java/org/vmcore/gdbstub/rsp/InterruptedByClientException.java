package org.vmcore.gdbstub.rsp;

/** The client wants an end of what it has asked for. */
final class InterruptedByClientException extends RuntimeException {
  private static final long serialVersionUID = 1;
}
