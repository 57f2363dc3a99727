package org.vmcore.gdbstub.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.DeferredList;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.LivePatches;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.stack.Unwinding;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.port.LinuxPorts;

/** The stacks of CPUs and of tasks. Safe for use by several threads. */
public final class MachineStacks {
  private static final Logger LOG = LoggerFactory.getLogger(MachineStacks.class);

  private final LinuxKernel linux;
  private final MachineCpus cpus;
  private final Lazy<MachineTasks, MissingFactException> tasks;
  private final Unwinding unwinding;
  private final Lazy<LivePatches, RuntimeException> livePatches;
  private final Lazy<Map<Long, CrashedCpu>, MissingFactException> running =
      Lazy.of(this::findRunning);

  /**
   * A stack.
   *
   * @param task that it is of; empty where types do not tell
   * @param cpu that ran it, if one did
   * @param frames the innermost first; none where its registers are not known. Nothing of the stack
   *     is read before somebody looks at them
   */
  public record Stack(Optional<Task> task, Optional<CrashedCpu> cpu, List<Frame> frames) {}

  MachineStacks(
      LinuxKernel linux,
      Architecture architecture,
      MachineCpus cpus,
      Lazy<MachineTasks, MissingFactException> tasks) {
    this.linux = linux;
    this.cpus = cpus;
    this.tasks = tasks;
    this.livePatches = Lazy.of(() -> livePatches(linux));
    this.unwinding =
        new Unwinding(linux, architecture, LinuxPorts.of(architecture).unwinder(linux));
  }

  private static LivePatches livePatches(LinuxKernel linux) {
    LivePatches found = LivePatches.of(linux);
    found
        .problem()
        .ifPresent(
            problem ->
                LOG.warn("Not all functions that live patches replaced are marked: {}", problem));
    return found;
  }

  /** What a CPU was doing. */
  public Stack of(CrashedCpu cpu) throws MissingFactException {
    Optional<Task> task =
        linux.taskTypes().isPresent() ? tasks.get().list().current(cpu.number()) : Optional.empty();
    return new Stack(task, Optional.of(cpu), DeferredList.of(() -> frames(cpu, task)));
  }

  private List<Frame> frames(CrashedCpu cpu, Optional<Task> task) {
    FrameRegisters registers = FrameRegisters.of(cpu.state().registers());
    List<Frame> frames = new ArrayList<>(unwinding.unwind(registers, cpu.state().userMode()));
    if (leadsNowhere(frames)) {
      Optional<Interruption> interruption = interruption(cpu);
      if (interruption.isPresent()) {
        unwinding.follow(frames, interruption.get());
      } else if (task.isPresent()) {
        unwinding.search(frames, task.get().stack());
      }
    }
    return frames;
  }

  /** As with a CPU that was in one of arm's exception modes, which have stacks of three words. */
  private static boolean leadsNowhere(List<Frame> frames) {
    return frames.isEmpty() || (frames.size() == 1 && frames.get(0).kind() == Frame.Kind.INNERMOST);
  }

  /** What CPUs were doing that are stopped at exception vectors, where their stacks tell. */
  public List<Interruption> interruptions() {
    return cpus.all().stream().flatMap(cpu -> interruption(cpu).stream()).toList();
  }

  private Optional<Interruption> interruption(CrashedCpu cpu) {
    FrameRegisters registers = FrameRegisters.of(cpu.state().registers());
    return linux.currentStack(cpu.number()).stream()
        .mapToObj(stack -> unwinding.interrupted(registers, stack))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** What a task was doing: as its CPU has it, or where it was when another took its place. */
  public Stack of(Task task) throws MissingFactException {
    CrashedCpu cpu = running.get().get(task.address());
    if (cpu != null) {
      return of(cpu);
    }
    MachineTasks all = tasks.get();
    return new Stack(
        Optional.of(task),
        Optional.empty(),
        DeferredList.of(
            () -> unwinding.unwind(FrameRegisters.of(all.registersOf(task)), false)));
  }

  /**
   * The same of a task from another place on.
   *
   * @param instruction where it is to begin; empty takes the word that the stack pointer leads to
   *     where that is given, else the task's own
   * @param stack the stack pointer; empty takes the task's own
   */
  public Stack of(Task task, OptionalLong instruction, OptionalLong stack)
      throws MissingFactException {
    CrashedCpu cpu = running.get().get(task.address());
    FrameRegisters registers =
        FrameRegisters.of(cpu == null ? tasks.get().registersOf(task) : cpu.state().registers());
    return new Stack(
        Optional.of(task),
        Optional.ofNullable(cpu),
        unwinding.unwindFrom(registers, instruction, stack));
  }

  /** The CPUs by the tasks that they ran. */
  private Map<Long, CrashedCpu> findRunning() throws MissingFactException {
    Map<Long, CrashedCpu> found = new HashMap<>();
    for (CrashedCpu cpu : cpus.all()) {
      Optional<Task> task = tasks.get().list().current(cpu.number());
      task.ifPresent(known -> found.put(known.address(), cpu));
    }
    return found;
  }

  /** Bytes of the stack of a task. */
  public int stackBytes() {
    return unwinding.stackBytes();
  }

  /** All words of a piece of a stack that are addresses of code. */
  public List<Frame> texts(long start, long length) {
    return unwinding.texts(start, length);
  }

  /** The name of the register that is the stack pointer. */
  public String stackPointer() {
    return unwinding.stackPointer();
  }

  /** The function that a frame is in. */
  public Optional<Located> function(Frame frame) {
    return unwinding.function(frame);
  }

  /** What a live patch has put a function in the place of. */
  public Optional<String> replacedBy(Located function) {
    return livePatches.get().replacedBy(function, linux.symbolNames());
  }
}
