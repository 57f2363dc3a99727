package org.vmcore.gdbstub.port.flow;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What an instruction does, as far as pointers and the way through the code are concerned.
 *
 * @param length in bytes
 * @param kind where it goes on
 * @param target of a jump or call, where the instruction tells
 * @param written the registers that it changes, by gdb's names; more than it does is safe
 * @param moves what of these is known afterwards, each by what registers were before
 */
public record CodeStep(
    int length, Kind kind, OptionalLong target, Set<String> written, List<Move> moves) {
  public CodeStep {
    written = Set.copyOf(written);
    moves = List.copyOf(moves);
  }

  /** Where an instruction goes on. */
  public enum Kind {
    NEXT,
    /** At its target, or behind it. */
    BRANCH,
    /** At its target alone. */
    JUMP,
    /** Behind it, after the function at its target. */
    CALL,
    /** Nowhere in the function. */
    RETURN
  }

  /** What a register is made. */
  public sealed interface Move permits Copy, Load, Address {
    /** The register. */
    String to();
  }

  /** What another register is. */
  public record Copy(String to, String from) implements Move {}

  /** What memory has so far behind where another register points at, with the register's size. */
  public record Load(String to, String base, long displacement) implements Move {}

  /** That place itself. */
  public record Address(String to, String base, long displacement) implements Move {}
}
