package org.vmcore.gdbstub.symbols.read;

/** Debugging information that cannot be read; the message says what is wrong with which section. */
public final class DwarfException extends Exception {
  DwarfException(String message) {
    super(message);
  }

  DwarfException(String message, Throwable cause) {
    super(message, cause);
  }
}
