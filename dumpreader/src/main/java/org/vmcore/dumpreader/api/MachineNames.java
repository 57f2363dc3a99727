package org.vmcore.dumpreader.api;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;

/** What {@code uname -m} calls the machines of ELF files (Linux, UTS_MACHINE of each of them). */
public final class MachineNames {
  private static final Map<Integer, String> NAMES =
      Map.of(
          ElfMachines.EM_386, "i686",
          ElfMachines.EM_PPC64, "ppc64",
          ElfMachines.EM_S390, "s390x",
          ElfMachines.EM_ARM, "armv7l",
          ElfMachines.EM_X86_64, "x86_64",
          ElfMachines.EM_AARCH64, "aarch64",
          ElfMachines.EM_RISCV, "riscv64");

  private MachineNames() {}

  /** The {@code utsname.machine} of an {@code e_machine}; that of 64 bits where it is of both. */
  public static Optional<String> of(int elfMachine, ByteOrder byteOrder) {
    return elfMachine == ElfMachines.EM_PPC64 && byteOrder == ByteOrder.LITTLE_ENDIAN
        ? Optional.of("ppc64le")
        : Optional.ofNullable(NAMES.get(elfMachine));
  }
}
