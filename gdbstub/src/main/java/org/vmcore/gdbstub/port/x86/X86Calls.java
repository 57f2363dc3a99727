package org.vmcore.gdbstub.port.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** Call instructions (Intel SDM volume 2A, CALL). */
public final class X86Calls {
  private static final int LONGEST = 7;

  private X86Calls() {}

  /** Whether the bytes in front of an address can be a call; also where they cannot be read. */
  public static boolean precede(KernelMemory memory, long returnAddress) {
    byte[] code = memory.upTo(returnAddress - LONGEST, LONGEST);
    if (code.length < LONGEST) {
      return true;
    }
    if ((code[LONGEST - 5] & 0xff) == 0xe8) {
      return true;
    }
    for (int at = 0; at < LONGEST - 1; at++) {
      // FF /2: through a register or memory.
      if ((code[at] & 0xff) == 0xff
          && (code[at + 1] >> 3 & 7) == 2
          && at + length(code[at + 1], code[Math.min(at + 2, LONGEST - 1)]) == LONGEST) {
        return true;
      }
    }
    return false;
  }

  /**
   * The address behind the first direct call of a function.
   *
   * @param code that may call it
   * @param start its address
   */
  public static OptionalLong behind(byte[] code, long start, long callee) {
    ByteBuffer bytes = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + 5 <= code.length; at++) {
      long next = start + at + 5;
      if ((code[at] & 0xff) == 0xe8 && next + bytes.getInt(at + 1) == callee) {
        return OptionalLong.of(next);
      }
    }
    return OptionalLong.empty();
  }

  /**
   * Bytes of FF /2 with this ModRM (Intel SDM volume 2A, tables 2-2 and 2-3), without prefixes.
   *
   * @param next the byte behind it, which is the SIB if there is one
   */
  private static int length(byte modRm, byte next) {
    int mode = modRm >> 6 & 3;
    boolean hasSib = mode != 3 && (modRm & 7) == 4;
    int base = (hasSib ? next : modRm) & 7;
    return 2
        + (hasSib ? 1 : 0)
        + switch (mode) {
          case 0 -> base == 5 ? 4 : 0;
          case 1 -> 1;
          case 2 -> 4;
          default -> 0;
        };
  }
}
