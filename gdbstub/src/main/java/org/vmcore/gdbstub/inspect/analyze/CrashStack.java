package org.vmcore.gdbstub.inspect.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.oops.KernelNames;
import org.vmcore.gdbstub.linux.oops.StackEntry;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.MachineStacks;

/**
 * The stack of the CPU that died.
 *
 * @param frames the innermost first
 * @param entries the same as a log would have them; one for each frame
 */
record CrashStack(CrashedCpu cpu, List<Frame> frames, List<StackEntry> entries) {
  static CrashStack of(MachineStacks stacks, CrashedCpu cpu) throws MissingFactException {
    List<Frame> frames =
        stacks.of(cpu).frames().stream().filter(frame -> frame.kind() != Frame.Kind.USER).toList();
    List<StackEntry> entries = new ArrayList<>();
    for (int i = 0; i < frames.size(); i++) {
      StackEntry entry = entry(frames.get(i), stacks.function(frames.get(i)));
      entries.add(i == 1 && isCaller(frames) ? entry.as(StackEntry.Kind.FRAME) : entry);
    }
    return new CrashStack(cpu, frames, entries);
  }

  /**
   * Whether the second frame is that of a function that called something which is no code: it
   * cannot be unwound, but the call has just pushed where it would have returned to.
   */
  private static boolean isCaller(List<Frame> frames) {
    Frame second = frames.get(1);
    return second.kind() == Frame.Kind.GUESSED && second.place() == frames.get(0).place();
  }

  /**
   * The same where the instruction that failed lies before the program counter, which may be in the
   * next function already.
   *
   * @param bytes that it lies before that
   */
  CrashStack behind(int bytes, SymbolNames symbols) {
    List<StackEntry> corrected = new ArrayList<>(entries);
    interrupted()
        .ifPresent(
            frame ->
                corrected.set(
                    frames.indexOf(frame),
                    entry(frame.kind(), frame.pc() - bytes, symbols.at(frame.pc() - bytes))));
    return new CrashStack(cpu, frames, corrected);
  }

  private static StackEntry entry(Frame frame, Optional<Located> function) {
    return entry(frame.kind(), frame.pc(), function);
  }

  private static StackEntry entry(Frame.Kind how, long pc, Optional<Located> function) {
    StackEntry.Kind kind =
        switch (how) {
          case INTERRUPTED -> StackEntry.Kind.PC;
          case GUESSED -> StackEntry.Kind.DOUBTFUL;
          default -> StackEntry.Kind.FRAME;
        };
    return new StackEntry(
        kind,
        function.map(found -> StackEntry.plain(found.symbol().name())).orElse("??"),
        function
            .map(found -> OptionalLong.of(pc - found.symbol().address()))
            .orElse(OptionalLong.empty()),
        function.flatMap(found -> found.symbol().module()),
        Optional.empty());
  }

  List<String> functions() {
    return entries.stream().map(StackEntry::function).toList();
  }

  /** The frame of a function that is on the stack. */
  Optional<Frame> frameOf(String function) {
    for (int i = 0; i < entries.size(); i++) {
      if (KernelNames.known(entries.get(i).function()).equals(function)) {
        return Optional.of(frames.get(i));
      }
    }
    return Optional.empty();
  }

  /** The entries from {@link #interrupted} on; none where there is no such frame. */
  List<StackEntry> fromInterrupted() {
    return interrupted()
        .map(frame -> entries.subList(frames.indexOf(frame), entries.size()))
        .orElse(List.of());
  }

  /**
   * The frame in which the exception came that the machine died of, if it died of one. kdump has
   * the registers of that moment, so that it is the innermost then.
   */
  Optional<Frame> interrupted() {
    return interruptedAndCallers().stream().findFirst();
  }

  /**
   * That and those below it; none where there is no such frame. What it is in may report by itself,
   * as what finds that a list is corrupted.
   */
  List<Frame> interruptedAndCallers() {
    int at = stop();
    if (at == frames.size()) {
      return frames;
    }
    while (at < Math.min(failure() + 1, frames.size())) {
      if (frames.get(at).kind() == Frame.Kind.INTERRUPTED) {
        return frames.subList(at, frames.size());
      }
      at++;
    }
    return List.of();
  }

  /** The frames from where it happened, without what stopped the machine and reported it. */
  List<StackEntry> fromFailure() {
    return entries.subList(failure(), entries.size()).stream()
        .filter(entry -> entry.kind() != StackEntry.Kind.DOUBTFUL)
        .filter(entry -> !entry.function().equals("??"))
        .toList();
  }

  /**
   * Behind the functions that report, from the one that stops the machine; what waits for the
   * panic's end may be above that. Without one the stack begins where it happened.
   */
  private int failure() {
    int at = stop();
    if (at == entries.size()) {
      return 0;
    }
    while (at < entries.size() && isReport(at)) {
      at++;
    }
    return at;
  }

  /** The first that stops the machine; behind all where none does. */
  private int stop() {
    int at = 0;
    while (at < entries.size() && !KernelNames.isStop(entries.get(at).function())) {
      at++;
    }
    return at;
  }

  private boolean isReport(int at) {
    return KernelNames.isReport(entries.get(at).function());
  }
}
