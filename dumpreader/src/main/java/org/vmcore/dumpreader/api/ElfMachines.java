package org.vmcore.dumpreader.api;

/** Values of {@code e_machine} (System V gABI, "ELF Header"; Linux include/uapi/linux/elf-em.h). */
public final class ElfMachines {
  public static final int EM_386 = 3;
  public static final int EM_PPC64 = 21;
  public static final int EM_S390 = 22;
  public static final int EM_ARM = 40;
  public static final int EM_X86_64 = 62;
  public static final int EM_AARCH64 = 183;
  public static final int EM_RISCV = 243;

  private ElfMachines() {}
}
