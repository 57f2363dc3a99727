package org.vmcore.gdbstub.symbols.debuginfo;

/**
 * Relocations in debugging information: absolute values of 4 or 8 bytes. Others, such as the
 * differences of RISC-V, only tell the lengths of code.
 */
public final class Relocation {
  private static final int EM_386 = 3;
  private static final int EM_PPC64 = 21;
  private static final int EM_S390 = 22;
  private static final int EM_ARM = 40;
  private static final int EM_X86_64 = 62;
  private static final int EM_AARCH64 = 183;
  private static final int EM_RISCV = 243;

  private Relocation() {}

  /** Bytes that it sets, from the psABI supplement of each machine; 0 for one of no interest. */
  public static int width(int machine, long type) {
    long four;
    long eight;
    switch (machine) {
      case EM_386 -> {
        four = 1; // R_386_32
        eight = -1;
      }
      case EM_ARM -> {
        four = 2; // R_ARM_ABS32
        eight = -1;
      }
      case EM_X86_64 -> {
        four = 10; // R_X86_64_32
        eight = 1; // R_X86_64_64
      }
      case EM_AARCH64 -> {
        four = 258; // R_AARCH64_ABS32
        eight = 257; // R_AARCH64_ABS64
      }
      case EM_PPC64 -> {
        four = 1; // R_PPC64_ADDR32
        eight = 38; // R_PPC64_ADDR64
      }
      case EM_S390 -> {
        four = 4; // R_390_32
        eight = 22; // R_390_64
      }
      case EM_RISCV -> {
        four = 1; // R_RISCV_32
        eight = 2; // R_RISCV_64
      }
      default -> {
        return 0;
      }
    }
    return type == four ? Integer.BYTES : type == eight ? Long.BYTES : 0;
  }
}
