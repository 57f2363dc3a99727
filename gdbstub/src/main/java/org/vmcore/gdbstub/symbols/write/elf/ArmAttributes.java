package org.vmcore.gdbstub.symbols.write.elf;

import java.nio.ByteOrder;

/**
 * The section {@code .ARM.attributes} (Addenda to, and Errata in, the ABI for the Arm Architecture,
 * IHI 0045, chapter 3), by which gdb and objdump tell which instructions there are. Without it gdb
 * takes those of the first architecture, where the movw of today was a tst that tells nobody.
 */
final class ArmAttributes {
  static final String NAME = ".ARM.attributes";

  /** SHT_ARM_ATTRIBUTES (ELF for the Arm Architecture, IHI 0044). */
  static final int SECTION_TYPE = 0x7000_0003;

  private static final String VENDOR = "aeabi";

  private static final int FILE = 1;
  private static final int CPU_ARCH = 6;
  private static final int CPU_ARCH_PROFILE = 7;
  private static final int ARM_ISA_USE = 8;
  private static final int THUMB_ISA_USE = 9;

  /** Knows the instructions of all before it, which have none that mean something else. */
  private static final int V7 = 10;

  private static final int THUMB_2 = 2;

  private ArmAttributes() {}

  /** Those of a kernel for any CPU up to ARMv7-A. */
  static byte[] of(ByteOrder order) {
    byte[] attributes =
        new Bytes(order)
            .u1(CPU_ARCH)
            .u1(V7)
            .u1(CPU_ARCH_PROFILE)
            .u1('A')
            .u1(ARM_ISA_USE)
            .u1(1)
            .u1(THUMB_ISA_USE)
            .u1(THUMB_2)
            .toArray();
    // Lengths count themselves.
    int ofFile = 1 + Integer.BYTES + attributes.length;
    return new Bytes(order)
        .u1('A')
        .u4(Integer.BYTES + VENDOR.length() + 1 + ofFile)
        .text(VENDOR)
        .u1(FILE)
        .u4(ofFile)
        .bytes(attributes)
        .toArray();
  }
}
