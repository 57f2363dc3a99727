package org.vmcore.gdbstub.inspect.stacks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.DeferredList;
import org.vmcore.gdbstub.inspect.symbols.SourceRow;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.Frame.Kind;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineStacks;
import org.vmcore.gdbstub.machine.MachineStacks.Stack;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.OwnStack;

/** Makes records of stacks. */
final class StackRows {
  /** What crash leaves out of what the compiler put behind names of functions. */
  private static final String CLONE = "(\\.(isra|part)\\.\\d+)+$";

  private final MachineStacks stacks;
  private final Architecture architecture;
  private final CrashedMachine machine;
  private final boolean lines;

  /**
   * @param lines whether lines of source are told
   */
  StackRows(CrashedMachine machine, boolean lines) throws MissingFactException {
    this.machine = machine;
    this.stacks = machine.stacks();
    this.architecture = machine.requireArchitecture();
    this.lines = lines;
  }

  StackRow of(Stack stack) throws MissingFactException {
    boolean switchedOut = stack.cpu().isEmpty() && LinuxPorts.of(architecture).pushesReturns();
    return of(stack, stack.frames(), switchedOut, Optional.empty());
  }

  /**
   * @param shown instead of its own frames
   * @param words of the stack
   */
  StackRow of(Stack stack, List<Frame> shown, boolean switchedOut, Optional<StackRow.Words> words) {
    OptionalInt number =
        stack.cpu().map(cpu -> OptionalInt.of(cpu.number())).orElse(OptionalInt.empty());
    return new StackRow(
        stack.task().map(task -> NamedTask.of(task).on(number)),
        number,
        stack.task().isPresent()
            ? OptionalInt.empty()
            : stack.cpu().map(cpu -> cpu.state().pid()).orElse(OptionalInt.empty()),
        Optional.empty(),
        DeferredList.of(() -> shown.stream().map(frame -> of(frame, switchedOut)).toList()),
        words);
  }

  /** One of a CPU's own, with what looks like saved registers on it. */
  StackRow of(OwnStack stack) throws MissingFactException {
    List<FrameRow> frames = new ArrayList<>();
    for (Frame frame :
        LinuxPorts.of(architecture)
            .exceptionFrames(machine.linux(), stack.start(), stack.length())) {
      frames.add(of(frame, false));
    }
    return new StackRow(
        Optional.empty(),
        OptionalInt.of(stack.cpu()),
        OptionalInt.empty(),
        Optional.of(stack.name()),
        frames,
        Optional.empty());
  }

  /** What a task goes on with was returned to by the switch: where that was pushed is its place. */
  private long place(Frame frame, boolean switchedOut) {
    boolean pushed = switchedOut && frame.kind() == Kind.INNERMOST;
    return pushed ? frame.place() - architecture.wordBits() / Byte.SIZE : frame.place();
  }

  private FrameRow of(Frame frame, boolean switchedOut) {
    Optional<Located> function =
        frame.kind() == Kind.USER ? Optional.empty() : stacks.function(frame);
    boolean known = frame.kind() != Kind.CALLER && frame.kind() != Kind.GUESSED;
    Optional<Map<String, Long>> registers =
        known ? Optional.of(frame.registers().values()) : Optional.empty();
    return new FrameRow(
        frame.kind(),
        place(frame, switchedOut),
        frame.pc(),
        function.map(found -> found.symbol().name().replaceFirst(CLONE, "")),
        function
            .map(found -> OptionalLong.of(frame.pc() - found.symbol().address()))
            .orElse(OptionalLong.empty()),
        function.flatMap(found -> found.symbol().module()),
        function.flatMap(found -> stacks.replacedBy(found)),
        registers,
        lines && frame.kind() != Kind.USER ? SourceRow.of(machine, frame.pc()) : Optional.empty());
  }
}
