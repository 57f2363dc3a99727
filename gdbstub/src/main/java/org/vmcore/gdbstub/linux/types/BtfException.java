package org.vmcore.gdbstub.linux.types;

/** BTF whose bytes contradict its format, or of a form that is not known. */
public final class BtfException extends Exception {
  /**
   * @param source where the bytes came from
   * @param offset of the field in these bytes
   * @param field its name as the kernel's header spells it
   * @param problem what is wrong with it, with the value
   */
  BtfException(String source, long offset, String field, String problem) {
    super("%s: at offset %#x: %s: %s".formatted(source, offset, field, problem));
  }
}
