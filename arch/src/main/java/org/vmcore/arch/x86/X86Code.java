package org.vmcore.arch.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The parts of an instruction that are the same for all (Intel SDM vol. 2, chapter 2, "Instruction
 * Format"): prefixes, ModRM with the memory that it names, numbers. Read from the first on.
 */
final class X86Code {
  static final int LOCK = 0xf0;
  static final int REPNE = 0xf2;
  static final int REP = 0xf3;
  static final int OPERAND_SIZE = 0x66;
  static final int ADDRESS_SIZE = 0x67;

  private final byte[] code;
  private final int start;
  private final long address;
  private int at;
  private int rex;
  private final List<Integer> prefixes = new ArrayList<>();
  private final boolean[] used = new boolean[16];
  private int modrm = -1;
  private boolean relativeToNext;
  private long relative;
  private String segment = "";
  private int segmentPrefix = -1;
  private String memory = "";
  private boolean hasMemory;

  X86Code(byte[] code, int start, long address) {
    this.code = code;
    this.start = start;
    this.address = address;
    this.at = start;
  }

  /** Bytes that were read so far. */
  int length() {
    return at - start;
  }

  /** Address of what comes after what was read so far. */
  long nextAddress() {
    return address + length();
  }

  /** Goes back or on, as with bytes that are no instruction. */
  void setLength(int length) {
    at = start + length;
  }

  /** Prefixes in their order, REX not among them. */
  List<Integer> prefixes() {
    return prefixes;
  }

  /** Whether what a prefix says is in the instruction's text. */
  boolean isUsed(int prefix) {
    return used[prefix];
  }

  /** Bytes of all prefixes. */
  int prefixBytes() {
    return prefixes.size() + (rex != 0 ? 1 : 0);
  }

  int rex() {
    return rex;
  }

  /** Below 0 before it was read. */
  int modrm() {
    return modrm;
  }

  void readModrm() {
    modrm = next();
  }

  /** The memory that ModRM names, once that was read. */
  String memory() {
    return memory;
  }

  /** {@code %gs:} and the like, of the prefix, which is used thereby. */
  String segment() {
    used(segmentPrefix);
    return segment;
  }

  /** The address that is named relative to the next instruction, once all was read. */
  OptionalLong reference() {
    return relativeToNext ? OptionalLong.of(nextAddress() + relative) : OptionalLong.empty();
  }

  /** Where memory ends within the instruction. */
  static final class CutOff extends RuntimeException {
    CutOff() {
      super(null, null, false, false);
    }
  }

  int next() {
    if (at >= code.length || at - start >= 15) {
      throw new CutOff();
    }
    return code[at++] & 0xff;
  }

  int peek() {
    if (at >= code.length) {
      throw new CutOff();
    }
    return code[at] & 0xff;
  }

  String bytes() {
    StringBuilder text = new StringBuilder(".byte ");
    for (int i = start; i < at; i++) {
      text.append(i == start ? "" : ",").append(X86Operands.number(code[i] & 0xff));
    }
    return text.toString();
  }

  void readPrefixes() {
    while (true) {
      int prefix = peek();
      boolean legacy =
          switch (prefix) {
            case LOCK, REPNE, REP, OPERAND_SIZE, ADDRESS_SIZE -> true;
            case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 -> true;
            default -> false;
          };
      if (!legacy) {
        break;
      }
      if (prefix == 0x64 || prefix == 0x65) {
        segmentPrefix = prefixes.size();
        segment = prefix == 0x64 ? "%fs:" : "%gs:";
      }
      prefixes.add(prefix);
      at++;
      if (prefixes.size() > 14) {
        throw new CutOff();
      }
    }
    if ((peek() & 0xf0) == 0x40) {
      rex = next();
    }
  }

  /** Uses up the last prefix of a value; false without one. */
  boolean take(int prefix) {
    int last = prefixes.lastIndexOf(prefix);
    if (last >= 0) {
      used[last] = true;
    }
    return last >= 0;
  }

  boolean has(int prefix) {
    return prefixes.contains(prefix);
  }

  boolean wide() {
    return (rex & 8) != 0;
  }

  int operandSize() {
    if (wide()) {
      return 8;
    }
    return take(OPERAND_SIZE) ? 2 : 4;
  }

  void needModrm() {
    if (modrm < 0) {
      modrm = next();
    }
  }

  void used(int index) {
    if (index >= 0) {
      used[index] = true;
    }
  }

  int reg() {
    return ((modrm >> 3) & 7) | ((rex & 4) << 1);
  }

  int rm() {
    return (modrm & 7) | ((rex & 1) << 3);
  }

  long little(int bytes, boolean signed) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) next() << (8 * i);
    }
    int unused = 64 - 8 * bytes;
    return signed ? value << unused >> unused : value;
  }

  String absolute() {
    hasMemory = true;
    used(segmentPrefix);
    return segment + X86Operands.number(little(8, false));
  }

  /** Intel SDM vol. 2, 2.1.5 and 2.2.1.3: ModRM, SIB and displacement; once. */
  String memoryOperand() {
    needModrm();
    if (hasMemory) {
      return memory;
    }
    hasMemory = true;
    if (modrm >= 0xc0) {
      memory = "(bad)";
      return memory;
    }
    int mod = modrm >> 6;
    boolean small = take(ADDRESS_SIZE);
    int width = small ? 4 : 8;
    int base = modrm & 7;
    String index = "";
    boolean hasBase = true;
    if (base == 4) {
      int sib = next();
      base = sib & 7;
      int number = ((sib >> 3) & 7) | ((rex & 2) << 2);
      int scale = 1 << (sib >> 6);
      hasBase = !(base == 5 && mod == 0);
      if (number != 4) {
        index = "," + X86Operands.general(number, width, true) + "," + scale;
      } else if (hasBase ? (base | (rex & 1) << 3) % 8 != 4 || scale != 1 : scale != 1) {
        index = "," + (small ? "%eiz" : "%riz") + "," + scale;
      }
    } else if (base == 5 && mod == 0) {
      relative = little(4, true);
      relativeToNext = true;
      used(segmentPrefix);
      memory = segment + X86Operands.signed(relative) + (small ? "(%eip)" : "(%rip)");
      return memory;
    }
    long distance = 0;
    boolean shown = false;
    if (mod == 1) {
      distance = (byte) next();
      shown = true;
    } else if (mod == 2 || !hasBase) {
      distance = little(4, true);
      shown = true;
    }
    used(segmentPrefix);
    if (!hasBase && index.isEmpty()) {
      memory = segment + X86Operands.number(small ? distance & 0xffff_ffffL : distance);
      return memory;
    }
    String registers =
        "("
            + (hasBase ? X86Operands.general(base | (rex & 1) << 3, width, true) : "")
            + index
            + ")";
    memory = segment + (shown ? X86Operands.signed(distance) : "") + registers;
    return memory;
  }
}
