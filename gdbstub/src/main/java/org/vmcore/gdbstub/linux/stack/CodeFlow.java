package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Follows the instructions of a function in the order of their addresses, and says what is true
 * before each. Branches carry that to where they go. Behind what control does not go past, and
 * where no branch is known to go to, it is as it was when the function last had a frame.
 *
 * @param <S> what is true, a value
 */
public abstract class CodeFlow<S> {
  private final ByteBuffer code;
  private final S entry;
  private final NavigableMap<Integer, S> states = new TreeMap<>();
  private final Map<Integer, S> carried = new HashMap<>();

  /**
   * @param code the function's instructions, as many of them as could be read
   * @param entry what is true before the first
   */
  protected CodeFlow(ByteBuffer code, S entry) {
    this.code = code;
    this.entry = entry;
  }

  protected final ByteBuffer code() {
    return code;
  }

  /** Bytes of the instruction at an offset, of which the first two are there; at least 1. */
  protected abstract int length(int at);

  /** Where the instruction at an offset branches to within the function, if it does. */
  protected abstract OptionalInt target(int at);

  /** Whether control never goes on to the next instruction. */
  protected abstract boolean ends(int at);

  /** What is true after an instruction. */
  protected abstract S after(S before, int at);

  /** Whether the function has a frame of its own. */
  protected abstract boolean hasFrame(S state);

  /** What is true from each offset on where it changes; at 0 it is what it is at the entry. */
  public final NavigableMap<Integer, S> read() {
    // The second time it knows what branches backward carry.
    pass();
    pass();
    return states;
  }

  private void pass() {
    states.clear();
    states.put(0, entry);
    S state = entry;
    S told = entry;
    S body = entry;
    boolean reached = true;
    int length;
    for (int at = 0; at + 2 <= code.limit(); at += length) {
      length = length(at);
      S brought = carried.get(at);
      if (brought != null && (!reached || !hasFrame(state))) {
        state = brought;
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
      OptionalInt target = target(at);
      if (target.isPresent()) {
        carried.putIfAbsent(target.getAsInt(), state);
      }
      reached = !ends(at);
      state = after(state, at);
      if (hasFrame(state)) {
        body = state;
      }
    }
  }
}
