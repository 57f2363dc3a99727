package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.Frame.Kind;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineStacks.Stack;

/** Stacks, laid out as crash's {@code bt} does. */
final class StackLines {
  /** A frame farther away than this is on another stack. */
  private static final long STACK = 32 << 10;

  /** What the compiler put behind the names of functions that it made of others. */
  private static final String CLONE = "(\\.(isra|part|constprop)\\.\\d+)+$";

  private final CrashedMachine machine;
  private final String architecture;
  private final boolean offsets;

  /**
   * @param offsets whether to tell where in its function each frame is
   */
  StackLines(CrashedMachine machine, boolean offsets) throws MissingFactException {
    this.machine = machine;
    this.architecture = machine.requireArchitecture().name();
    this.offsets = offsets;
  }

  /** {@code PID: 1 TASK: ... CPU: 0 COMMAND: "init"} and the frames. */
  String text(Stack stack) throws MissingFactException {
    StringBuilder text = new StringBuilder(heading(stack));
    if (stack.frames().isEmpty()) {
      text.append("(no registers of it are known)\n");
    }
    int number = 0;
    Optional<Frame> before = Optional.empty();
    for (Frame frame : stack.frames()) {
      boolean registers = frame.kind() == Kind.INTERRUPTED || frame.kind() == Kind.USER;
      boolean elsewhere = before.isPresent() && isElsewhere(before.get(), frame);
      if (frame.kind() == Kind.INTERRUPTED) {
        text.append("    [exception %s: %s]\n".formatted(pcLabel(), where(frame)));
      }
      if (registers) {
        text.append(registers(frame));
      }
      if (elsewhere) {
        text.append("--- <%s stack> ---\n".formatted(stackName(before.orElseThrow())));
      }
      if (!registers || (elsewhere && frame.kind() == Kind.INTERRUPTED)) {
        text.append(line(number++, frame));
      }
      if (frame.kind() == Kind.INNERMOST && stack.cpu().isPresent()) {
        text.append(registers(frame));
      }
      before = Optional.of(frame);
    }
    return text.toString();
  }

  private static String heading(Stack stack) {
    if (stack.task().isPresent()) {
      return KernelCommand.heading(stack.task().get());
    }
    CrashedCpu cpu = stack.cpu().orElseThrow();
    String pid = cpu.state().pid().isPresent() ? "" + cpu.state().pid().getAsInt() : "?";
    return "PID: %-7s  TASK: ?  CPU: %-3d  COMMAND: \"?\"\n".formatted(pid, cpu.number());
  }

  private static boolean isElsewhere(Frame before, Frame frame) {
    return frame.kind() != Kind.USER
        && Long.compareUnsigned(frame.place() - before.place(), STACK) >= 0;
  }

  /** Which of the CPU's own stacks it was, by the function that was entered on it. */
  private String stackName(Frame last) {
    String name = function(last).map(found -> found.symbol().name()).orElse("");
    for (String special : List.of("nmi", "debug", "mce", "double_fault")) {
      if (last.kind() == Kind.CALLER && name.contains(special)) {
        return special.replace("_", "").toUpperCase(Locale.ROOT) + " exception";
      }
    }
    return architecture.equals("x86-64") ? "IRQ" : "per-CPU";
  }

  private String pcLabel() {
    return machine
        .architecture()
        .map(a -> a.programCounter())
        .orElse("pc")
        .toUpperCase(Locale.ROOT);
  }

  private String registers(Frame frame) {
    return RegisterLines.of(architecture, machine.pointerBytes() * 2, frame.registers());
  }

  private String line(int number, Frame frame) {
    return "%3s [%x] %s%s at %x%s\n"
        .formatted(
            "#" + number,
            frame.place(),
            frame.kind() == Kind.GUESSED ? "? " : "",
            offsets ? where(frame) : name(frame),
            frame.pc(),
            module(frame).map(module -> " [" + module + "]").orElse(""));
  }

  private Optional<Located> function(Frame frame) {
    try {
      return machine.stacks().function(frame);
    } catch (MissingFactException e) {
      return Optional.empty();
    }
  }

  private Optional<String> module(Frame frame) {
    return function(frame).flatMap(found -> found.symbol().module());
  }

  private String name(Frame frame) {
    return function(frame).map(StackLines::name).orElse("(unknown)");
  }

  private static String name(Located found) {
    return found.symbol().name().replaceFirst(CLONE, "");
  }

  private String where(Frame frame) {
    Optional<Located> function = function(frame);
    return function.isEmpty()
        ? "unknown or invalid address"
        : name(function.get()) + "+" + (frame.pc() - function.get().symbol().address());
  }

  /** The same as a tree. */
  Map<String, Object> tree(Stack stack) {
    Map<String, Object> tree = new LinkedHashMap<>();
    if (stack.task().isPresent()) {
      Task task = stack.task().get();
      tree.put("pid", task.pid());
      tree.put("task", KernelCommand.hex(task.address()));
      tree.put("comm", task.comm());
    }
    stack.cpu().ifPresent(cpu -> tree.put("cpu", cpu.number()));
    List<Object> frames = new ArrayList<>();
    stack.frames().forEach(frame -> frames.add(tree(frame)));
    tree.put("frames", frames);
    return tree;
  }

  private Map<String, Object> tree(Frame frame) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("kind", frame.kind().name().toLowerCase(Locale.ROOT));
    tree.put("stack", KernelCommand.hex(frame.place()));
    tree.put("pc", KernelCommand.hex(frame.pc()));
    if (frame.kind() != Kind.USER) {
      Optional<Located> function = function(frame);
      if (function.isPresent()) {
        tree.put("function", name(function.get()));
        tree.put("offset", frame.pc() - function.get().symbol().address());
        module(frame).ifPresent(module -> tree.put("module", module));
      }
    }
    if (frame.kind() != Kind.CALLER && frame.kind() != Kind.GUESSED) {
      Map<String, Object> registers = new LinkedHashMap<>();
      frame
          .registers()
          .values()
          .forEach((name, value) -> registers.put(name, KernelCommand.hex(value)));
      tree.put("registers", registers);
    }
    return tree;
  }
}
