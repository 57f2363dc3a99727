package org.vmcore.gdbstub.symbols.write;

import java.util.Optional;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.PerCpuSection;
import org.vmcore.gdbstub.linux.types.Btf;
import org.vmcore.gdbstub.linux.types.TypeTable;

/**
 * What a kernel's part of a file depends on: a dump with the same key makes the same part, wherever
 * KASLR put the kernel. A digest of its symbols tells kernels of one build from those that only say
 * that they are.
 */
final class KernelKey {
  private KernelKey() {}

  /**
   * @return empty where the dump does not have all of the kernel's symbols, or types come from
   *     elsewhere: what is made of that is not kept
   */
  static Optional<String> of(
      Kallsyms kallsyms,
      TypeTable types,
      long imageStart,
      Optional<PerCpuSection> perCpu,
      int machine) {
    if (!kallsyms.isWhole() || !(types instanceof Btf)) {
      return Optional.empty();
    }
    long digest =
        kallsyms.digest(
            (type, address) ->
                switch (Symbols.anchor(type, address, perCpu)) {
                  case NONE -> address;
                  case IMAGE -> address - imageStart;
                  case PER_CPU -> ~(address - perCpu.map(PerCpuSection::start).orElse(0L));
                });
    return Optional.of(
        "machine %d, %d symbols with digest %016x, %d types"
            .formatted(machine, kallsyms.count(), digest, types.endId()));
  }
}
