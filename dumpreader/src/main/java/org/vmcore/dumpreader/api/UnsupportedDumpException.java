package org.vmcore.dumpreader.api;

/** A file that is whole but that no reader here opens; the message says what would help. */
public final class UnsupportedDumpException extends DumpException {
  /**
   * @param what what the file was recognised as, or that it was not
   * @param remedy what the reader of the message can do next
   */
  public UnsupportedDumpException(DumpInput input, String what, String remedy) {
    super("%s: %s; %s".formatted(input.name(), what, remedy));
  }
}
