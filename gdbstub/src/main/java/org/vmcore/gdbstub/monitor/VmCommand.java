package org.vmcore.gdbstub.monitor;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vmcore.arch.MissingFactException;
import org.vmcore.gdbstub.kernel.tasks.AddressSpace;
import org.vmcore.gdbstub.kernel.tasks.MemoryRegion;
import org.vmcore.gdbstub.kernel.tasks.Task;
import org.vmcore.gdbstub.kernel.types.KernelReadException;
import org.vmcore.gdbstub.target.CrashedMachine;

/** {@code monitor vm [PID|NAME]}, laid out after the command of that name in crash. */
final class VmCommand implements MonitorCommand {
  @Override
  public String name() {
    return "vm";
  }

  @Override
  public String arguments() {
    return "[PID|NAME]";
  }

  @Override
  public String summary() {
    return "List the memory regions of a process";
  }

  @Override
  public String help() {
    return """
        Without an argument, those of the selected thread's task. FLAGS are vm_flags in
        hexadecimal: 1 read, 2 write, 4 execute, 8 shared, 100 a stack that grows down.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    CrashedMachine machine = call.view().machine();
    Optional<Task> selected = call.view().selectedTask();
    if (selected.isEmpty()) {
      selected = machine.tasks().list().current(call.cpu().number());
    }
    Task task =
        arguments.isEmpty() && selected.isPresent()
            ? selected.get()
            : TaskLines.only(machine, arguments);
    TaskLines lines = new TaskLines(machine);
    call.console().print(lines.heading(task));
    try {
      Optional<AddressSpace> space = machine.tasks().list().addressSpace(task);
      if (space.isEmpty()) {
        call.print("it has no user memory\n");
      } else {
        print(call, lines, space.get());
      }
    } catch (KernelReadException e) {
      call.print("vm: %s\n", String.valueOf(e.getMessage()));
    }
  }

  private static void print(Call call, TaskLines lines, AddressSpace space)
      throws KernelReadException {
    int width = lines.pointer(0).length();
    call.print("%s  %s   RSS    TOTAL_VM\n", centred("MM", width), centred("PGD", width));
    call.print(
        "%s  %s  %dk    %dk\n",
        lines.pointer(space.address()),
        lines.pointer(space.pgd()),
        lines.kibibytes(Optional.of(space), AddressSpace::residentPages),
        lines.kibibytes(Optional.of(space), AddressSpace::totalPages));
    call.print("%s      START       END     FLAGS FILE\n", centred("VMA", width));
    for (MemoryRegion region : space.regions()) {
      call.print(
          "%s",
          String.format(
                      Locale.ROOT,
                      "%s %10x %10x %6x %s",
                      lines.pointer(region.address()),
                      region.start(),
                      region.end(),
                      region.flags(),
                      region.file())
                  .stripTrailing()
              + "\n");
    }
  }

  private static String centred(String text, int width) {
    int left = (width - text.length()) / 2;
    return " ".repeat(left) + text + " ".repeat(width - text.length() - left);
  }
}
