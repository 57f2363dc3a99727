package org.vmcore.dumpreader.api;

/** A dump that cannot be opened, for a reason that lies in its bytes and not in the reading. */
public abstract sealed class DumpException extends Exception
    permits DamagedDumpException, UnsupportedDumpException {
  DumpException(String message) {
    super(message);
  }
}
