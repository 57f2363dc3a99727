package org.vmcore.gdbstub.inspect.analyze;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * What lies at the end of a task's stack: the kernel puts a mark there (Linux kernel/fork.c,
 * set_task_stack_end_magic()), which a stack that grows too far overwrites. Where kernels have a
 * {@code struct thread_info} there, the mark is behind it, and nothing is said.
 *
 * @param task whose stack it is
 * @param found instead of the mark
 */
record StackEnd(Task task, long found) {
  /** STACK_END_MAGIC (Linux include/uapi/linux/magic.h). */
  private static final long MAGIC = 0x57ac6e9dL;

  /** The end of the stack that a CPU died on, if its mark is gone. */
  static Optional<StackEnd> overwritten(CrashedMachine machine, CrashedCpu cpu) {
    try {
      if (machine.linux().taskTypes().isEmpty()) {
        return Optional.empty();
      }
      Tasks tasks = machine.tasks().list();
      Optional<Task> current = tasks.current(cpu.number());
      Optional<Task> other = tasks.idle(cpu.number());
      boolean isMarked =
          other.isPresent() && word(machine, other.get()).equals(OptionalLong.of(MAGIC));
      OptionalLong found =
          current.isPresent() ? word(machine, current.get()) : OptionalLong.empty();
      return isMarked && found.isPresent() && found.getAsLong() != MAGIC
          ? Optional.of(new StackEnd(current.get(), found.getAsLong()))
          : Optional.empty();
    } catch (MissingFactException e) {
      // A finding needs proof; why tasks cannot be told is said of the tasks.
      return Optional.empty();
    }
  }

  private static OptionalLong word(CrashedMachine machine, Task task) throws MissingFactException {
    return machine.kernelMemory().word(task.stack());
  }

  Statement statement() {
    return new Statement(
        "the stack of %s (PID %d) was overwritten at its end: it had become too deep"
            .formatted(task.comm(), task.pid()),
        "STACK_END_MAGIC is gone from 0x%x, where now 0x%x is".formatted(task.stack(), found),
        Optional.of("x/gx 0x%x".formatted(task.stack())));
  }
}
