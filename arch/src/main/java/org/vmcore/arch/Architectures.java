package org.vmcore.arch;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.arch.arm.Arm;
import org.vmcore.arch.arm64.Arm64;
import org.vmcore.arch.i386.I386;
import org.vmcore.arch.ppc64.Ppc64;
import org.vmcore.arch.riscv32.Riscv32;
import org.vmcore.arch.riscv64.Riscv64;
import org.vmcore.arch.s390x.S390x;
import org.vmcore.arch.x86_64.X86_64;
import org.vmcore.dumpreader.api.Dump;

/** Every architecture, and the one place where a dump is asked which of them it is of. */
public final class Architectures {
  static final List<Architecture> ALL =
      List.of(
          new X86_64(),
          new Arm64(),
          new S390x(),
          new Ppc64(),
          new Riscv64(),
          new Riscv32(),
          new I386(),
          new Arm());

  private Architectures() {}

  public static List<Architecture> all() {
    return ALL;
  }

  /** The architecture of a dump, or empty when it is none of those known here. */
  public static Optional<Architecture> of(Dump dump) {
    return ALL.stream().filter(architecture -> architecture.recognises(dump)).findFirst();
  }

  /**
   * What ELF files of a machine say; empty for one that is not known.
   *
   * @param machine {@code e_machine}
   */
  public static Optional<ElfAbi> elf(int machine, ByteOrder order) {
    return ALL.stream()
        .map(architecture -> architecture.elf(order))
        .filter(abi -> abi.machine() == machine)
        .findFirst();
  }

  /** The architecture of that {@link Architecture#name()}, for {@code --arch}. */
  public static Optional<Architecture> named(String name) {
    return ALL.stream().filter(architecture -> architecture.name().equals(name)).findFirst();
  }
}
