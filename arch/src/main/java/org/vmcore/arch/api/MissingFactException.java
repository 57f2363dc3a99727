package org.vmcore.arch.api;

/** Something about the machine that nothing tells; the message says which option would. */
public final class MissingFactException extends Exception {
  public MissingFactException(String message) {
    super(message);
  }
}
