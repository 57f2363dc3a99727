package org.vmcore.dumpreader.api;

/** A dump whose bytes contradict its own format. The message names source, offset and field. */
public final class DamagedDumpException extends DumpException {
  /**
   * @param offset byte offset of the field in {@code input}
   * @param field the field's name as its specification spells it
   * @param problem what is wrong with it, with the value
   */
  public DamagedDumpException(DumpInput input, long offset, String field, String problem) {
    super("%s: at offset %#x: %s: %s".formatted(input.name(), offset, field, problem));
  }
}
