package org.vmcore.dumpreader.api;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

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

  /** All of {@code uname -m} on Linux, those too of machines that are not read here. */
  private static final Pattern ANY =
      Pattern.compile(
          "x86_64|i[3-6]86|aarch64(_be)?|arm(v\\d\\w*)?|ppc(64)?(le)?|s390x?|riscv(32|64)|alpha|arc|csky"
              + "|hexagon|ia64|loongarch(32|64)|m68k|microblaze\\w*|mips(64)?\\w*|nios2|openrisc"
              + "|parisc(64)?|sh\\d?\\w*|sparc(64)?|xtensa\\w*");

  private MachineNames() {}

  /** Whether a word of a header is what a machine calls itself, and not damage. */
  public static boolean isOne(String name) {
    return ANY.matcher(name).matches();
  }

  /** The {@code utsname.machine} of an {@code e_machine}; that of 64 bits where it is of both. */
  public static Optional<String> of(int elfMachine, ByteOrder byteOrder) {
    return elfMachine == ElfMachines.EM_PPC64 && byteOrder == ByteOrder.LITTLE_ENDIAN
        ? Optional.of("ppc64le")
        : Optional.ofNullable(NAMES.get(elfMachine));
  }
}
