package org.vmcore.gdbstub.port.s390x;

import java.nio.ByteBuffer;
import java.util.OptionalInt;

/** Where s390x's relative branches go (Principles of Operation, chapter 7); calls are none. */
final class S390Branches {
  private static final int BRXH = 0x84;
  private static final int BRXLE = 0x85;
  private static final int HALFWORDS = 2;

  private S390Branches() {}

  /**
   * @param at offset of an instruction that is there whole
   * @param first its first byte
   */
  static OptionalInt target(ByteBuffer code, int at, int first) {
    int second = code.get(at + 1) & 15;
    boolean isShort =
        switch (first) {
          case BRXH, BRXLE -> true;
          case 0xa7 -> second == 4 || second == 6 || second == 7; // BRC, BRCT, BRCTG
          case 0xec -> isCompare(code.get(at + 5) & 0xff);
          default -> false;
        };
    if (isShort) {
      return OptionalInt.of(at + code.getShort(at + 2) * HALFWORDS);
    }
    // BRCL; BRCTH
    boolean isLong = (first == 0xc0 && second == 4) || (first == 0xcc && second == 6);
    return isLong ? OptionalInt.of(at + code.getInt(at + 2) * HALFWORDS) : OptionalInt.empty();
  }

  /** BRXHG, BRXLG; CGRJ, CLGRJ, CRJ, CLRJ; CGIJ, CLGIJ, CIJ, CLIJ. */
  private static boolean isCompare(int second) {
    return switch (second) {
      case 0x44, 0x45, 0x64, 0x65, 0x76, 0x77, 0x7c, 0x7d, 0x7e, 0x7f -> true;
      default -> false;
    };
  }
}
