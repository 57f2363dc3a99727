package org.vmcore.gdbstub.inspect.stacks;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.symbols.SourceRow;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.symbols.RustName;

/**
 * A frame of a stack.
 *
 * @param stack where it is, as crash tells it
 * @param pc the instruction that comes next in it
 * @param function that it is in, without what the compiler put behind the names of those that it
 *     made of others
 * @param offset of {@code pc} in it
 * @param module that the function is of
 * @param replaces the function that a live patch has put this one in the place of
 * @param registers by gdb's names, where they are known and not its caller's
 * @param source line of {@code pc}, where that is asked for
 */
public record FrameRow(
    Frame.Kind kind,
    @Hex long stack,
    @Hex long pc,
    Optional<String> function,
    OptionalLong offset,
    Optional<String> module,
    Optional<String> replaces,
    @Hex Optional<Map<String, Long>> registers,
    Optional<SourceRow> source) {

  /** The function for people: of Rust as its source has it. */
  Optional<String> shownFunction() {
    return function.map(RustName::orSame);
  }

  boolean isInterrupted() {
    return kind == Frame.Kind.INTERRUPTED;
  }

  boolean isUser() {
    return kind == Frame.Kind.USER;
  }
}
