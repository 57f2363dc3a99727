package org.vmcore.gdbstub.inspect.stacks;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Hex;

/**
 * A stack.
 *
 * @param task that it is of; empty where types do not tell
 * @param cpu that ran it, if one did
 * @param pid of what the CPU ran, where that is all that is known of it
 * @param name of a stack that is the CPU's own, where such were asked for
 * @param frames the innermost first; none where its registers are not known
 * @param words of the stack that they are on
 */
public record StackRow(
    Optional<NamedTask> task,
    OptionalInt cpu,
    OptionalInt pid,
    Optional<String> name,
    List<FrameRow> frames,
    Optional<Words> words) {

  /**
   * Words of the stack, where they were asked for.
   *
   * @param start address of the first
   * @param meanings of each: its hexadecimal digits, or what it points at
   */
  record Words(@Hex long start, List<String> meanings) {}
}
