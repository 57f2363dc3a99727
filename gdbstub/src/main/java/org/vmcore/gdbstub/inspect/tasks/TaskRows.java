package org.vmcore.gdbstub.inspect.tasks;

import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedCpu;

/** Makes the rows of tables of tasks. */
final class TaskRows {
  private static final int KIB = 1024;

  private final Call call;
  private final Tasks tasks;
  private final OptionalLong memoryPages;

  /** Addresses of the tasks that CPUs ran. */
  private final Set<Long> running = new HashSet<>();

  TaskRows(Call call) throws MissingFactException {
    this.call = call;
    this.tasks = call.machine().tasks().list();
    this.memoryPages = new SystemState(call.machine().linux()).memoryPages();
    for (CrashedCpu cpu : call.machine().cpus()) {
      tasks.current(cpu.number()).ifPresent(task -> running.add(task.address()));
    }
  }

  boolean isRunning(Task task) {
    return running.contains(task.address());
  }

  TaskRow of(Task task) {
    return of(task, OptionalLong.empty());
  }

  /** The same with where it stood on its kernel stack; 0 where that is not known. */
  TaskRow withStackPointer(Task task) throws MissingFactException {
    String name = call.machine().stacks().stackPointer();
    OptionalLong pointer = call.machine().tasks().registersOf(task).value(name);
    try {
      // On x86 what the switch itself had pushed is still there.
      KernelObject object = tasks.object(task);
      if (object.has("thread.sp")) {
        pointer = OptionalLong.of(object.value("thread.sp"));
      }
    } catch (KernelReadException e) {
      call.notes().incomplete(e);
    }
    return of(task, OptionalLong.of(pointer.orElse(0)));
  }

  private TaskRow of(Task task, OptionalLong stackPointer) {
    OptionalLong resident = OptionalLong.empty();
    OptionalLong total = OptionalLong.empty();
    try {
      Optional<AddressSpace> space = tasks.addressSpace(task);
      if (space.isPresent()) {
        total = OptionalLong.of(kib(space.get().totalPages()));
        resident = OptionalLong.of(kib(space.get().residentPages()));
      }
    } catch (KernelReadException e) {
      call.notes().incomplete("memory of PID %d: %s".formatted(task.pid(), e.getMessage()));
    }
    return new TaskRow(
        task.pid(),
        task.ppid(),
        task.cpu(),
        task.address(),
        task.state(),
        running.contains(task.address()),
        percentOfMemory(resident),
        total,
        resident,
        task.comm(),
        task.kernelThread(),
        stackPointer);
  }

  long kib(long pages) {
    return pages * call.machine().pageBytes() / KIB;
  }

  private OptionalDouble percentOfMemory(OptionalLong kibibytes) {
    long pages = memoryPages.orElse(0);
    return pages == 0 || kibibytes.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            100.0 * kibibytes.getAsLong() * KIB / call.machine().pageBytes() / pages);
  }
}
