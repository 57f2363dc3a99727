package org.vmcore.gdbstub.inspect.symbols;

import java.util.Optional;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** A line of source. */
public record SourceRow(String file, int line) {
  /** That of an address of the kernel's code; empty without a vmlinux that has it. */
  public static Optional<SourceRow> of(CrashedMachine machine, long address) {
    return machine.sourceLine(address).map(found -> new SourceRow(found.file(), found.line()));
  }

  /** {@code fs/read_write.c: 565}, as crash has it. */
  public String text() {
    return file + ": " + line;
  }
}
