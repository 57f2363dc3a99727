package org.vmcore.gdbstub.inspect.hangs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.MachineStacks;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.InterruptFlag;

/** What CPUs were doing before anything stopped them, and tasks by their addresses. */
final class CpusNow {
  private final Tasks tasks;
  private final MachineStacks stacks;
  private final Map<Integer, Frame> frames = new HashMap<>();
  private final Optional<InterruptFlag> flag;

  CpusNow(Call call) throws MissingFactException {
    this.tasks = call.machine().tasks().list();
    this.stacks = call.machine().stacks();
    this.flag = LinuxPorts.of(call.machine().requireArchitecture()).interruptFlag();
    for (CrashedCpu cpu : call.machine().cpus()) {
      List<Frame> all = stacks.of(cpu).frames();
      meant(cpu, all).ifPresent(frame -> frames.put(cpu.number(), frame));
    }
  }

  /** Of the CPU that died what it was interrupted in, not what it did to die. */
  private static Optional<Frame> meant(CrashedCpu cpu, List<Frame> all) {
    if (!cpu.crashed()) {
      return all.stream().findFirst();
    }
    return all.stream()
        .filter(frame -> frame.kind() == Frame.Kind.INTERRUPTED || frame.kind() == Frame.Kind.USER)
        .findFirst();
  }

  Optional<Task> task(long address) {
    return address == 0 ? Optional.empty() : tasks.at(address);
  }

  Optional<NamedTask> named(long address) {
    return task(address).map(NamedTask::of);
  }

  Optional<NamedTask> current(int cpu) {
    return tasks.current(cpu).map(NamedTask::of);
  }

  boolean isIdle(int cpu) {
    return tasks.current(cpu).filter(task -> task.pid() == 0).isPresent();
  }

  /** The function that a CPU was in; empty in user mode, or where its stack does not tell. */
  Optional<String> function(int cpu) {
    Frame frame = frames.get(cpu);
    return frame == null || frame.kind() == Frame.Kind.USER
        ? Optional.empty()
        : stacks.function(frame).map(Located::nameAndModule);
  }

  Optional<Boolean> takesInterrupts(int cpu) {
    Frame frame = frames.get(cpu);
    if (frame == null || flag.isEmpty()) {
      return Optional.empty();
    }
    FrameRegisters registers = frame.registers();
    return flag.get().taken(registers);
  }
}
