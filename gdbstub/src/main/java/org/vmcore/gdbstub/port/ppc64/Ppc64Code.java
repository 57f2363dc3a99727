package org.vmcore.gdbstub.port.ppc64;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.vmcore.gdbstub.linux.stack.CodeFlow;

/**
 * What a function's instructions do to its stack (Power ISA, book I; 64-Bit ELF V2 ABI, 2.2): it
 * saves the link register in its caller's frame, and makes its own by storing the back chain.
 */
final class Ppc64Code extends CodeFlow<Ppc64Code.State> {
  private static final int INSTRUCTION = 4;

  /** Where in the caller's frame the link register is saved. */
  static final int LINK = 16;

  private static final int R1 = 1;
  private static final int FIRST_PRESERVED = 14;

  private static final int MFLR_R0 = 0x7c0802a6;
  private static final int MTLR_R0 = 0x7c0803a6;
  private static final int BLR = 0x4e800020;
  private static final int BCTR = 0x4e800420;
  private static final int LD_BACK_CHAIN = 0xe8210000;

  /**
   * What is true before an instruction.
   *
   * @param framed whether the stack pointer is at a frame of the function's own
   * @param size of that frame, or 0 where it is not known
   * @param linkInR0 whether r0 holds what the link register held
   * @param linkSaved whether that is in the caller's frame
   * @param saved where the caller's registers are, from the CFA
   */
  record State(
      boolean framed, int size, boolean linkInR0, boolean linkSaved, Map<Integer, Integer> saved) {
    static final State ENTRY = new State(false, 0, false, false, Map.of());

    State {
      saved = Map.copyOf(saved);
    }

    private State withFrame(int bytes) {
      return new State(true, bytes, linkInR0, linkSaved, saved);
    }

    private State withoutFrame() {
      return new State(false, 0, linkInR0, linkSaved, saved);
    }

    private State withLink(boolean inR0, boolean isSaved) {
      return new State(framed, size, inR0, isSaved, saved);
    }

    private State with(int register, int place) {
      Map<Integer, Integer> more = new TreeMap<>(saved);
      more.putIfAbsent(register, place);
      return new State(framed, size, linkInR0, linkSaved, more);
    }

    private State without(int register) {
      Map<Integer, Integer> fewer = new TreeMap<>(saved);
      fewer.remove(register);
      return new State(framed, size, linkInR0, linkSaved, fewer);
    }
  }

  /**
   * @param code in the machine's byte order
   */
  Ppc64Code(ByteBuffer code) {
    super(code, State.ENTRY);
  }

  @Override
  protected int length(int at) {
    return INSTRUCTION;
  }

  @Override
  protected boolean hasFrame(State state) {
    return state.framed();
  }

  /** B without a link, BC. */
  @Override
  protected OptionalInt target(int at) {
    int word = code().getInt(at);
    if ((word & 0xfc000003) == 0x48000000) {
      return OptionalInt.of(at + ((word & 0x03fffffc) << 6 >> 6));
    }
    return (word & 0xfc000003) == 0x40000000
        ? OptionalInt.of(at + (short) (word & 0xfffc))
        : OptionalInt.empty();
  }

  @Override
  protected boolean ends(int at) {
    int word = code().getInt(at);
    return (word & 0xfc000003) == 0x48000000 || word == BLR || word == BCTR;
  }

  @Override
  protected State after(State state, int at) {
    int word = code().getInt(at);
    int register = word >> 21 & 31;
    int base = word >> 16 & 31;
    int displacement = (short) (word & 0xfffc);
    if (word == MFLR_R0) {
      return state.withLink(!state.linkSaved(), state.linkSaved());
    }
    if (word == MTLR_R0) {
      return state.withLink(false, false);
    }
    if ((word & 0xfc000003) == 0xf8000001 && register == R1 && base == R1) {
      return state.withFrame(-displacement); // stdu r1,#(r1)
    }
    if ((word & 0xffff07ff) == 0x7c21016a) {
      return state.withFrame(0); // stdux r1,r1,r?
    }
    if (word == LD_BACK_CHAIN || (word & 0xffff0000) == 0x38210000) {
      return state.withoutFrame(); // ld r1,0(r1); addi r1,r1,#
    }
    if (base != R1 || (state.framed() && state.size() == 0)) {
      return state;
    }
    int place = displacement - state.size();
    if ((word & 0xfc000003) == 0xf8000000) { // std
      if (register == 0 && place == LINK && state.linkInR0()) {
        return state.withLink(false, true);
      }
      return register >= FIRST_PRESERVED && place < 0 ? state.with(register, place) : state;
    }
    if ((word & 0xfc000003) == 0xe8000000) { // ld
      Integer own = state.saved().get(register);
      return own != null && own == place ? state.without(register) : state;
    }
    return state;
  }
}
