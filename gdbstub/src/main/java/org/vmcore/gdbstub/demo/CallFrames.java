package org.vmcore.gdbstub.demo;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The {@code .debug_frame} of the demo's vmlinux (DWARF 4 standard, 6.4).
 *
 * <p>One CIE, and one FDE per function. Functions with a frame follow {@link MachineCode#enter};
 * the kernel's entry points have no caller, which is said by an undefined return address, so that
 * backtraces end there.
 */
final class CallFrames {
  private static final int RBP = 6; // System V x86-64 ABI, figure 3.36
  private static final int RSP = 7;
  private static final int RETURN_ADDRESS = 16;

  private static final int DW_CFA_ADVANCE_LOC = 0x40; // DWARF 4, 7.23
  private static final int DW_CFA_OFFSET = 0x80;
  private static final int DW_CFA_UNDEFINED = 0x07;
  private static final int DW_CFA_DEF_CFA = 0x0c;
  private static final int DW_CFA_DEF_CFA_REGISTER = 0x0d;
  private static final int DW_CFA_DEF_CFA_OFFSET = 0x0e;

  private static final int CIE_ID = 0xffffffff;

  /** Instruction addresses count in bytes, saved registers in units of -8. */
  private static final byte[] CIE_BODY = {
    1, // version
    0, // no augmentation
    1, // code_alignment_factor
    0x78, // data_alignment_factor: SLEB128 of -8
    RETURN_ADDRESS,
    DW_CFA_DEF_CFA,
    RSP,
    8,
    (byte) (DW_CFA_OFFSET | RETURN_ADDRESS),
    1
  };

  private CallFrames() {}

  static byte[] encode(List<MachineCode> functions, ToLongFunction<String> symbols) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    append(out, CIE_ID, CIE_BODY);
    for (MachineCode function : functions) {
      byte[] rules = function.hasFrame() ? framed(function) : outermost();
      ByteBuffer body = ByteBuffer.allocate(16 + rules.length).order(ByteOrder.LITTLE_ENDIAN);
      body.putLong(symbols.applyAsLong(function.name())).putLong(function.length()).put(rules);
      append(out, 0, body.array());
    }
    return out.toByteArray();
  }

  /** One entry: its length, the CIE's mark or offset, the body, DW_CFA_nop up to 8 bytes. */
  private static void append(ByteArrayOutputStream out, int cie, byte[] body) {
    int length = (4 + 4 + body.length + 7) / 8 * 8;
    ByteBuffer entry = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(entry.putInt(length - 4).putInt(cie).put(body).array());
  }

  private static byte[] framed(MachineCode function) {
    ByteArrayOutputStream rules = new ByteArrayOutputStream();
    rules.write(DW_CFA_ADVANCE_LOC | 1); // push %rbp
    rules.write(DW_CFA_DEF_CFA_OFFSET);
    rules.write(16);
    rules.write(DW_CFA_OFFSET | RBP);
    rules.write(2);
    rules.write(DW_CFA_ADVANCE_LOC | 3); // mov %rsp,%rbp
    rules.write(DW_CFA_DEF_CFA_REGISTER);
    rules.write(RBP);
    if (function.leaveEnd() >= 0) {
      int distance = function.leaveEnd() - 4;
      if (distance >= DW_CFA_ADVANCE_LOC) {
        throw new IllegalArgumentException(function.name() + " is too long for a short advance");
      }
      rules.write(DW_CFA_ADVANCE_LOC | distance);
      rules.write(DW_CFA_DEF_CFA);
      rules.write(RSP);
      rules.write(8);
    }
    return rules.toByteArray();
  }

  private static byte[] outermost() {
    return new byte[] {DW_CFA_UNDEFINED, RETURN_ADDRESS};
  }
}
