package org.vmcore.dumpreader.write;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How ELF and {@code uname -m} name the same machines (Linux include/uapi/linux/elf-em.h, and
 * UTS_MACHINE of each architecture).
 */
public final class MachineNames {
  private static final int EM_386 = 3;
  private static final int EM_PPC64 = 21;
  private static final int EM_ARM = 40;
  private static final int EM_RISCV = 243;

  /** Has the {@code e_machine} of the 64-bit one; the class of the file tells them apart. */
  private static final String RISCV32 = "riscv32";

  private static final Map<Integer, String> NAMES =
      Map.of(
          EM_386, "i686", EM_PPC64, "ppc64", 22, "s390x", EM_ARM, "armv7l", 62, "x86_64", 183,
          "aarch64", EM_RISCV, "riscv64");

  private MachineNames() {}

  /** The {@code utsname.machine} of an {@code e_machine}. */
  static Optional<String> of(int elfMachine, ByteOrder byteOrder) {
    return elfMachine == EM_PPC64 && byteOrder == ByteOrder.LITTLE_ENDIAN
        ? Optional.of("ppc64le")
        : Optional.ofNullable(NAMES.get(elfMachine));
  }

  /** The {@code utsname.machine} of a machine that is called otherwise, by a target triple. */
  public static Optional<String> utsname(String name, ByteOrder byteOrder) {
    if (name.equals(RISCV32)) {
      return Optional.of(name);
    }
    OptionalInt machine = elfMachine(name);
    return machine.isPresent() ? of(machine.getAsInt(), byteOrder) : Optional.empty();
  }

  /** The {@code e_machine} of a {@code utsname.machine}, or of the start of a target triple. */
  public static OptionalInt elfMachine(String name) {
    if (name.matches("i[3-6]86")) {
      return OptionalInt.of(EM_386);
    }
    if (name.startsWith("ppc64") || name.startsWith("powerpc64")) {
      return OptionalInt.of(EM_PPC64);
    }
    if (name.startsWith("arm") && !name.startsWith("arm64")) {
      return OptionalInt.of(EM_ARM);
    }
    if (name.equals(RISCV32)) {
      return OptionalInt.of(EM_RISCV);
    }
    return NAMES.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .mapToInt(Map.Entry::getKey)
        .findFirst();
  }
}
