package org.vmcore.gdbstub.rsp;

/**
 * The debugger has gone. Thrown out of whatever was being done for it, up to the code that feeds
 * the session; no fault of ours, so it carries no stack trace.
 */
public final class ClientGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ClientGoneException() {
    super("the debugger has gone", null, false, false);
  }
}
