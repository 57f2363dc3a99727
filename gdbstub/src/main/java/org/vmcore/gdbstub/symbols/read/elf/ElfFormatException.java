package org.vmcore.gdbstub.symbols.read.elf;

import java.io.IOException;
import org.vmcore.dumpreader.api.DumpInput;

/** A file that is no ELF file, or a damaged one; the message says where, what and what it has. */
public final class ElfFormatException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param offset of the field in the file
   * @param field by the name that the specification has for it
   * @param problem its value, and what is wrong with that
   */
  public ElfFormatException(DumpInput file, long offset, String field, String problem) {
    super(
        "%s: damaged at offset %#x: %s: %s; get it anew, or see what `readelf -hlSW` says of it"
            .formatted(file.name(), offset, field, problem));
  }

  /** A file of another kind. */
  ElfFormatException(DumpInput file, String what) {
    super(file.name() + ": " + what);
  }
}
