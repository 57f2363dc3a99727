package org.vmcore.gdbstub.port.s390x;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads from a function's instructions where the caller's frame and registers are after each of
 * them (z/Architecture Principles of Operation, SA22-7832, chapter 7 and appendix B). Compilers
 * save registers by STMG or STG in the caller's frame, where each has its place, and make their own
 * by LAY or AGHI. Branches carry what is true to where they go. What goes over to another stack
 * keeps the stack pointer in a register meanwhile (Linux arch/s390/include/asm/stacktrace.h, {@code
 * call_on_stack}).
 */
final class S390Code {
  private static final int R6 = 6;
  private static final int SP = 15;

  /** STACK_FRAME_OVERHEAD: what a caller leaves between its stack pointer and the CFA. */
  static final int OVERHEAD = 160;

  /** Instead of a register: the stack is another, and nothing tells the way back. */
  static final int LOST = -1;

  /**
   * From a register's number times 8 to its place below the CFA: as the ABI has it, and where the
   * back chain is above it (GCC's -mpacked-stack with -mbackchain).
   */
  private static final int ABI_PLACE = -160;

  private static final int PACKED_PLACE = -136;

  // Operation codes; of those in two parts the second is in bits 40 to 47.
  private static final int LA = 0x41;
  private static final int LGR = 0xb904;
  private static final int BCR = 0x07;
  private static final int LG = 0xe304;
  private static final int STG = 0xe324;
  private static final int LAY = 0xe371;
  private static final int LMG = 0xeb04;
  private static final int STMG = 0xeb24;
  private static final int AGHI = 0xa7b;
  private static final int BRC = 0xa74;
  private static final int BRCL = 0xc04;
  private static final int AGFI = 0xc28;
  private static final int ALWAYS = 15;

  private final ByteBuffer code;
  private final SortedMap<Integer, State> states = new TreeMap<>();
  private final Map<Integer, State> targets = new HashMap<>();

  /** The register that has the stack pointer's value of before, and its distance to the CFA. */
  private int copy = LOST;

  private int copyOffset = OVERHEAD;
  private State state = State.ENTRY;
  private State body = State.ENTRY;

  /**
   * What is true before an instruction.
   *
   * @param register that the CFA is told by, or {@link #LOST}
   * @param offset from it to the CFA
   * @param saved where the caller's registers are, from the CFA
   */
  record State(int register, int offset, Map<Integer, Integer> saved) {
    static final State ENTRY = new State(SP, OVERHEAD, Map.of());

    State {
      saved = Map.copyOf(saved);
    }

    private State by(int newRegister, int newOffset) {
      return new State(newRegister, newOffset, saved);
    }

    private State with(int first, int last, int place) {
      Map<Integer, Integer> more = new TreeMap<>(saved);
      for (int i = Math.max(first, R6); i <= last; i++) {
        more.putIfAbsent(i, place + (i - first) * Long.BYTES);
      }
      return new State(register, offset, more);
    }

    private State without(int first, int last) {
      Map<Integer, Integer> fewer = new TreeMap<>(saved);
      for (int i = first; i <= last; i++) {
        fewer.remove(i);
      }
      return new State(register, offset, fewer);
    }

    private boolean hasFrame() {
      return offset != OVERHEAD || !saved.isEmpty();
    }
  }

  private S390Code(ByteBuffer code) {
    this.code = code;
  }

  /**
   * What is true from each offset in the code on where it changes.
   *
   * @param code the instructions, big-endian
   */
  static SortedMap<Integer, State> read(ByteBuffer code) {
    S390Code reader = new S390Code(code);
    // The second time it knows what branches backward carry.
    reader.pass();
    reader.pass();
    return reader.states;
  }

  private void pass() {
    states.clear();
    copy = LOST;
    state = State.ENTRY;
    body = State.ENTRY;
    State told = state;
    boolean reached = true;
    int length;
    for (int at = 0; at + 2 <= code.limit(); at += length) {
      int first = code.get(at) & 0xff;
      length = first < 0x40 ? 2 : first < 0xc0 ? 4 : 6;
      State carried = targets.get(at);
      if (carried != null) {
        state = carried;
      } else if (!reached) {
        state = body;
      }
      if (!state.equals(told)) {
        states.put(at, state);
        told = state;
      }
      if (at + length > code.limit()) {
        return;
      }
      branch(at, first);
      reached = !endsHere(at, first);
      instruction(at, first, length);
      if (state.hasFrame()) {
        body = state;
      }
    }
  }

  private void branch(int at, int first) {
    OptionalInt target = S390Branches.target(code, at, first);
    if (target.isPresent()) {
      targets.putIfAbsent(target.getAsInt(), state);
    }
  }

  /** BCR, BRC and BRCL with all conditions. */
  private boolean endsHere(int at, int first) {
    int second = code.get(at + 1) & 0xff;
    int operation = (first << 4) | (second & 15);
    return second >> 4 == ALWAYS && (first == BCR || operation == BRC || operation == BRCL);
  }

  private void instruction(int at, int first, int length) {
    int register = code.get(at + 1) >> 4 & 15;
    int second = code.get(at + 1) & 15;
    if (length == 4) {
      int immediate = code.getShort(at + 2);
      if (code.getShort(at) == (short) LGR) {
        copy(immediate >> 4 & 15, immediate & 15);
      } else if ((first << 4 | second) == AGHI && register == SP) {
        move(immediate);
      } else if (first == LA && register == SP) {
        load(second == 0 ? immediate >> 12 & 15 : -1, immediate & 0xfff, true);
      }
      return;
    }
    if (length == 6 && (first << 4 | second) == AGFI && register == SP) {
      move(code.getInt(at + 2));
      return;
    }
    if (length == 6) {
      int address = code.getInt(at + 2);
      int base = address >> 28 & 15;
      int displacement = ((address >> 16) & 0xfff) | ((byte) (address >> 8) << 12);
      switch ((first << 8) | (address & 0xff)) {
        case STMG -> store(register, second, base, displacement);
        case STG -> store(register, register, second == 0 ? base : -1, displacement);
        case LMG -> restore(register, second, base, displacement);
        case LG -> restore(register, register, second == 0 ? base : -1, displacement);
        case LAY -> {
          if (register == SP) {
            load(second == 0 ? base : -1, displacement, true);
          }
        }
        default -> {}
      }
    }
  }

  private void copy(int to, int from) {
    if (to == SP && from == copy) {
      state = state.by(SP, copyOffset);
    } else if (to == SP) {
      load(-1, 0, false);
    } else if (from == SP && state.register() == SP && to >= R6 && to < 14) {
      copy = to;
      copyOffset = state.offset();
    }
  }

  private void move(int bytes) {
    if (state.register() == SP) {
      state = state.by(SP, state.offset() - bytes);
    }
  }

  /** The stack pointer is an address, or what is there. */
  private void load(int base, int displacement, boolean isAddress) {
    if (base == SP && isAddress) {
      move(displacement);
    } else if (state.register() == SP) {
      state = state.by(copy, copyOffset);
    }
  }

  /** Only in the place that they have, and never after it was stored once. */
  private void store(int first, int last, int base, int displacement) {
    int place = displacement - state.offset();
    int zero = place - first * Long.BYTES;
    boolean inPlace = zero == ABI_PLACE || zero == PACKED_PLACE;
    if (base == SP && state.register() == SP && last >= R6 && first <= last && inPlace) {
      state = state.with(first, last, place);
    }
  }

  private void restore(int first, int last, int base, int displacement) {
    int place = displacement - state.offset();
    Integer saved = state.saved().get(last);
    boolean own = saved != null && saved == place + (last - first) * Long.BYTES;
    if (base == SP && state.register() == SP && own && first <= last) {
      state = state.without(first, last);
      if (last == SP) {
        state = state.by(SP, OVERHEAD);
      }
    } else if (last == SP && first == SP) {
      load(base, displacement, false);
    }
  }
}
