package org.vmcore.arch.x86;

import org.vmcore.arch.api.Disassembler;

/**
 * Instructions of 64-bit mode in AT&T's syntax, as gdb and objdump show them. Those of the kernel's
 * own code are known, with SSE; of AVX and AVX-512 (VEX, EVEX) and the x87 the length alone, and
 * they are shown as bytes. There is no library on Maven Central that is written in Java, does not
 * need a native one, and can be had by all who build this.
 */
public final class X86Disassembler implements Disassembler {
  /** Intel SDM vol. 2, 2.3.11. */
  private static final int LONGEST = 15;

  @Override
  public int longest() {
    return LONGEST;
  }

  @Override
  public Instruction at(byte[] code, int offset, long address) {
    return new X86Decoder(code, offset, address).decode();
  }
}
