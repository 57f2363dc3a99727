package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;

/**
 * What an entry of arm's exception tables says (Exception Handling ABI for the Arm Architecture,
 * IHI 0038, 10.3), as call-frame information. It is true after a function has made its frame.
 */
final class ArmRules {
  private static final int SP = 13;
  private static final int LR = 14;
  private static final int PC = 15;
  private static final int WORD = Integer.BYTES;
  private static final int FINISH = 0xb0;

  /** How far into a function its frame is made. */
  static final int MAX_PROLOGUE = 16 * WORD;

  /** Registers that a function leaves as they were (AAPCS32, 6.1.1). */
  private static final int FIRST_KEPT = 4;

  private static final int LAST_KEPT = 11;

  /** Of code that nobody called. */
  static final FrameRule END = FrameRule.nobody(new Place.By("sp", 0), "lr");

  /** Before a function has done anything. */
  static final FrameRule ENTRY =
      FrameRule.caller(new Place.By("sp", 0), "lr").with("lr", Where.Same.SAME);

  private final Map<Integer, Integer> places = new TreeMap<>();
  private int base = SP;
  private int offset;

  private ArmRules() {}

  /** Empty where an instruction is of registers that kernels do not use. */
  static Optional<FrameRule> of(ByteBuffer instructions) {
    ArmRules reading = new ArmRules();
    int at = 0;
    while (at < instructions.limit()) {
      int first = instructions.get(at) & 0xff;
      int second = at + 1 < instructions.limit() ? instructions.get(at + 1) & 0xff : 0;
      if (first == FINISH) {
        break;
      }
      int size = reading.instruction(first, second);
      if (size == 0) {
        return Optional.empty();
      }
      at += size;
    }
    return Optional.of(reading.rule());
  }

  /** Its length in bytes, or 0 when it is not known. */
  private int instruction(int first, int second) {
    if (first < 0x80) {
      int bytes = ((first & 0x3f) << 2) + WORD;
      offset += first < 0x40 ? bytes : -bytes;
      return 1;
    }
    if (first < 0x90) {
      int mask = ((first & 15) << 8) | second;
      boolean loadsStackPointer = ((mask >> (SP - 4)) & 1) != 0;
      pop(4, mask);
      return mask == 0 || loadsStackPointer ? 0 : 2;
    }
    if (first < 0xa0) {
      base = first & 15;
      offset = 0;
      return places.isEmpty() ? 1 : 0;
    }
    if (first < 0xb0) {
      pop(4, ((1 << ((first & 7) + 1)) - 1) | ((first & 8) != 0 ? 1 << (LR - 4) : 0));
      return 1;
    }
    if (first == 0xb1 && second > 0 && second < 16) {
      pop(0, second);
      return 2;
    }
    if (first == 0xb2 && second < 0x80) {
      offset += 0x204 + (second << 2);
      return 2;
    }
    return 0;
  }

  private void pop(int register, int mask) {
    for (int i = 0; register + i <= PC; i++) {
      if (((mask >> i) & 1) != 0) {
        places.put(register + i, offset);
        offset += WORD;
      }
    }
  }

  private FrameRule rule() {
    FrameRule rule = FrameRule.caller(new Place.By(name(base), offset), "lr");
    Map<Integer, Integer> all = new TreeMap<>(places);
    Integer popped = all.remove(PC);
    if (popped != null) {
      all.put(LR, popped);
    }
    rule = all.containsKey(LR) ? rule : rule.with("lr", Where.Same.SAME);
    for (int i = FIRST_KEPT; i <= LAST_KEPT; i++) {
      rule = rule.with(name(i), Where.Same.SAME);
    }
    for (Map.Entry<Integer, Integer> one : all.entrySet()) {
      rule = rule.with(name(one.getKey()), new Where.Saved(one.getValue() - (long) offset));
    }
    return rule;
  }

  private static String name(int register) {
    return switch (register) {
      case SP -> "sp";
      case LR -> "lr";
      case PC -> "pc";
      default -> "r" + register;
    };
  }

  /** Where the last of the first instructions that lower the stack pointer ends; 0 without any. */
  static int bodyOffset(ByteBuffer code, InstructionSet set) {
    int body = 0;
    int limit = Math.min(code.limit(), MAX_PROLOGUE);
    int size;
    for (int at = 0; at + 2 <= limit; at += size) {
      size = set.length(code, at);
      if (at + size <= limit && set.lowersStack(code, at)) {
        body = at + size;
      }
    }
    return body;
  }
}
