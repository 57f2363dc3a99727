package org.vmcore.gdbstub.inspect.analyze;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Translation;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * A stack pointer that had left its task's stack downwards when the exception came: into the page
 * before it that nothing is mapped to (CONFIG_VMAP_STACK).
 *
 * @param task whose stack it is
 * @param pointer the stack pointer then
 */
record StackGuard(Task task, long pointer) {
  /** Frames that are larger are not known. */
  private static final long MAX_BELOW = 64 << 10;

  static Optional<StackGuard> hit(CrashedMachine machine, CrashedCpu cpu, Frame frame) {
    try {
      String name = machine.stacks().stackPointer();
      OptionalLong pointer = frame.registers().value(name);
      Optional<Task> current = machine.tasks().list().current(cpu.number());
      if (pointer.isEmpty() || current.isEmpty() || current.get().stack() == 0) {
        return Optional.empty();
      }
      // A call or push that fails has not moved the pointer yet.
      long below = current.get().stack() - pointer.getAsLong();
      boolean mapped =
          machine.kernelSpace().virtual().translate(pointer.getAsLong() - Long.BYTES)
              instanceof Translation.Mapped;
      return below >= 0 && below < MAX_BELOW && !mapped
          ? Optional.of(new StackGuard(current.get(), pointer.getAsLong()))
          : Optional.empty();
    } catch (MissingFactException e) {
      // A finding needs proof; why tasks cannot be told is said of the tasks.
      return Optional.empty();
    }
  }

  Statement statement() {
    return new Statement(
        "the stack of %s (PID %d) had become too deep and met its guard page"
            .formatted(task.comm(), task.pid()),
        "its stack ends at 0x%x, and the stack pointer was 0x%x".formatted(task.stack(), pointer),
        Optional.of("monitor whatis 0x%x".formatted(task.stack())));
  }
}
