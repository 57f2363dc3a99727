package org.vmcore.gdbstub.port.riscv;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.vmcore.gdbstub.linux.stack.CodeFlow;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;

/**
 * What a function's instructions do to its stack (RISC-V Unprivileged ISA, chapters 2 and 16).
 * Kernels without frame pointers, which are most, keep nothing but return addresses there.
 */
final class RiscvCode extends CodeFlow<RiscvCode.State> {
  private static final int RA = 1;
  private static final int SP = 2;
  private static final int FP = 8;

  private final boolean wide;

  /**
   * What is true before an instruction.
   *
   * @param register that the CFA is told by: sp or fp; 0 where it cannot be told
   * @param offset from it to the CFA
   * @param frame whether fp is at a known distance from the CFA, and at which
   * @param saved where the caller's registers are, from the CFA
   */
  record State(int register, int offset, OptionalInt frame, Map<Integer, Integer> saved) {
    static final State ENTRY = new State(SP, 0, OptionalInt.empty(), Map.of());

    State {
      saved = Map.copyOf(saved);
    }

    boolean isLost() {
      return register == 0;
    }

    Place cfa() {
      return new Place.By(register == FP ? "fp" : "sp", offset);
    }

    private State by(int newRegister, int newOffset) {
      return new State(newRegister, newOffset, frame, saved);
    }

    private State withFrame(int toCfa) {
      return new State(register, offset, OptionalInt.of(toCfa), saved);
    }

    private State with(int saving, int place) {
      Map<Integer, Integer> more = new TreeMap<>(saved);
      more.putIfAbsent(saving, place);
      return new State(register, offset, frame, more);
    }

    private State without(int restored) {
      Map<Integer, Integer> fewer = new TreeMap<>(saved);
      fewer.remove(restored);
      boolean ofFrame = restored == FP;
      return new State(register, offset, ofFrame ? OptionalInt.empty() : frame, fewer);
    }
  }

  /**
   * @param code little-endian, whatever the data are
   * @param wide whether registers have 64 bits
   */
  RiscvCode(ByteBuffer code, boolean wide) {
    super(code, State.ENTRY);
    this.wide = wide;
  }

  private int low(int at) {
    return code().getShort(at) & 0xffff;
  }

  @Override
  protected int length(int at) {
    return (low(at) & 3) == 3 ? 4 : 2;
  }

  private boolean isWhole(int at) {
    return at + length(at) <= code().limit();
  }

  @Override
  protected boolean hasFrame(State state) {
    return state.register() == FP || state.offset() != 0;
  }

  /** BRANCH and JAL without a link, C.BEQZ, C.BNEZ and C.J. */
  @Override
  protected OptionalInt target(int at) {
    if (!isWhole(at)) {
      return OptionalInt.empty();
    }
    if (length(at) == 4) {
      int word = code().getInt(at);
      if ((word & 0x7f) == 0x63) {
        int distance =
            (word >> 31) << 12
                | (word >> 7 & 1) << 11
                | (word >> 25 & 0x3f) << 5
                | (word >> 8 & 15) << 1;
        return OptionalInt.of(at + distance);
      }
      if ((word & 0xfff) == 0x06f) {
        int distance =
            (word >> 31) << 20
                | (word >> 12 & 0xff) << 12
                | (word >> 20 & 1) << 11
                | (word >> 21 & 0x3ff) << 1;
        return OptionalInt.of(at + distance);
      }
      return OptionalInt.empty();
    }
    int word = low(at);
    return switch (word & 0xe003) {
      case 0xa001 -> {
        int distance =
            (word >> 12 & 1) << 11
                | (word >> 11 & 1) << 4
                | (word >> 9 & 3) << 8
                | (word >> 8 & 1) << 10
                | (word >> 7 & 1) << 6
                | (word >> 6 & 1) << 7
                | (word >> 3 & 7) << 1
                | (word >> 2 & 1) << 5;
        yield OptionalInt.of(at + (distance << 20 >> 20));
      }
      case 0xc001, 0xe001 -> {
        int distance =
            (word >> 12 & 1) << 8
                | (word >> 10 & 3) << 3
                | (word >> 5 & 3) << 6
                | (word >> 3 & 3) << 1
                | (word >> 2 & 1) << 5;
        yield OptionalInt.of(at + (distance << 23 >> 23));
      }
      default -> OptionalInt.empty();
    };
  }

  /** JAL and JALR without a link, C.J and C.JR. */
  @Override
  protected boolean ends(int at) {
    if (!isWhole(at)) {
      return false;
    }
    if (length(at) == 4) {
      int word = code().getInt(at);
      return (word & 0xfff) == 0x06f || (word & 0x7fff) == 0x0067;
    }
    int word = low(at);
    return (word & 0xe003) == 0xa001 || ((word & 0xf07f) == 0x8002 && word != 0x8002);
  }

  @Override
  protected State after(State state, int at) {
    if (state.isLost()) {
      return state;
    }
    return length(at) == 4 ? afterWide(state, code().getInt(at)) : afterShort(state, low(at));
  }

  private State afterWide(State state, int word) {
    int target = word >> 7 & 31;
    int base = word >> 15 & 31;
    int immediate = word >> 20;
    int load = wide ? 0x3003 : 0x2003;
    int store = wide ? 0x3023 : 0x2023;
    if ((word & 0x707f) == 0x0013) {
      return add(state, target, base, immediate); // addi
    }
    if ((word & 0x707f) == load && base == SP) {
      return load(state, target, immediate);
    }
    if ((word & 0x707f) == store && base == SP) {
      return store(state, word >> 20 & 31, word >> 25 << 5 | (word >> 7 & 31));
    }
    boolean computes = (word & 0x7f) == 0x33 || (word & 0x7f) == 0x13;
    return computes && target == SP ? moved(state) : state;
  }

  private State afterShort(State state, int word) {
    int target = word >> 7 & 31;
    if ((word & 0xef83) == 0x6101) { // c.addi16sp
      int value =
          (word >> 6 & 1) << 4
              | (word >> 2 & 1) << 5
              | (word >> 5 & 1) << 6
              | (word >> 3 & 3) << 7
              | (word >> 12 & 1) << 9;
      return add(state, SP, SP, value << 22 >> 22);
    }
    if ((word & 0xe003) == 0x0001 && target != 0) { // c.addi
      return add(state, target, target, ((word >> 2 & 31) | (word >> 12 & 1) << 5) << 26 >> 26);
    }
    if ((word & 0xe003) == 0x0000 && word != 0) { // c.addi4spn
      int value =
          (word >> 11 & 3) << 4
              | (word >> 7 & 15) << 6
              | (word >> 6 & 1) << 2
              | (word >> 5 & 1) << 3;
      return add(state, (word >> 2 & 7) + 8, SP, value);
    }
    if ((word & 0xf003) == 0x8002 && (word >> 2 & 31) != 0) { // c.mv
      return add(state, target, word >> 2 & 31, 0);
    }
    boolean computes = (word & 0xf003) == 0x9002 && (word >> 2 & 31) != 0; // c.add
    if (computes && target == SP) {
      return moved(state);
    }
    int kind = word & 0xe003;
    if (kind == (wide ? 0xe002 : 0xc002)) { // c.sdsp, c.swsp
      int offset =
          wide
              ? (word >> 10 & 7) << 3 | (word >> 7 & 7) << 6
              : (word >> 9 & 15) << 2 | (word >> 7 & 3) << 6;
      return store(state, word >> 2 & 31, offset);
    }
    if (kind == (wide ? 0x6002 : 0x4002)) { // c.ldsp, c.lwsp
      int offset =
          wide
              ? (word >> 12 & 1) << 5 | (word >> 5 & 3) << 3 | (word >> 2 & 7) << 6
              : (word >> 12 & 1) << 5 | (word >> 4 & 7) << 2 | (word >> 2 & 3) << 6;
      return load(state, target, offset);
    }
    return state;
  }

  private static State add(State state, int target, int base, int value) {
    if (target == SP && base == SP) {
      return state.register() == SP ? state.by(SP, state.offset() - value) : state;
    }
    if (target == SP) {
      boolean back = base == FP && state.frame().isPresent();
      return back ? state.by(SP, state.frame().getAsInt() - value) : moved(state);
    }
    return target == FP && base == SP && state.register() == SP
        ? state.withFrame(state.offset() - value)
        : state;
  }

  /** The stack pointer has come to nobody knows where: the frame pointer may tell. */
  private static State moved(State state) {
    return state.frame().isPresent() ? state.by(FP, state.frame().getAsInt()) : state.by(0, 0);
  }

  private static State store(State state, int register, int offset) {
    return isPreserved(register) && state.register() == SP && offset < state.offset()
        ? state.with(register, offset - state.offset())
        : state;
  }

  private static State load(State state, int register, int offset) {
    Integer place = state.saved().get(register);
    boolean own = place != null && state.register() == SP && place == offset - state.offset();
    return own ? state.without(register) : state;
  }

  /** RISC-V ELF psABI, "Integer Register Convention"; ra besides. */
  private static boolean isPreserved(int register) {
    return register == RA || register == FP || register == 9 || (register >= 18 && register <= 27);
  }
}
