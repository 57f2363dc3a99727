package org.vmcore.gdbstub.inspect.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.MemoryRegion;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vm}, laid out after the command of that name in crash. */
@Command(
    name = "vm",
    description = "List the memory regions of a process.",
    footer =
        """
        Without an argument, those of the selected thread's task. FLAGS are vm_flags in
        hexadecimal: 1 read, 2 write, 4 execute, 8 shared, 100 a stack that grows down.
        """)
public final class Vm extends Query<Vm.Answer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "[PID|TASK|NAME]",
      hideParamSyntax = true,
      description = "Of which task.")
  private @Nullable String name;

  /**
   * @param memory empty for a thread of the kernel
   */
  record Answer(NamedTask task, Optional<UserMemory> memory) {}

  /**
   * A process' memory.
   *
   * @param mm address of its {@code mm_struct}
   * @param pgd virtual address of its top-level page table
   */
  record UserMemory(
      @Hex long mm, @Hex long pgd, long rssKib, long totalVmKib, List<Region> regions) {}

  /**
   * A region of it.
   *
   * @param vma address of its {@code vm_area_struct}
   * @param end the address after its last
   * @param permissions as in /proc/PID/maps
   * @param flags {@code vm_flags}
   * @param file that is mapped there, or what it is in brackets
   */
  record Region(
      @Hex long vma,
      @Hex long start,
      @Hex long end,
      String permissions,
      @Hex long flags,
      Optional<String> file) {
    static Region of(MemoryRegion region) {
      return new Region(
          region.address(),
          region.start(),
          region.end(),
          region.permissions(),
          region.flags(),
          Optional.of(region.file()).filter(file -> !file.isEmpty()));
    }
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Task task = new TaskFinder(call).one(Optional.ofNullable(name));
    Optional<AddressSpace> space = call.machine().tasks().list().addressSpace(task);
    return new Answer(
        NamedTask.of(task),
        space.isEmpty() ? Optional.empty() : Optional.of(memory(call, space.get())));
  }

  private static UserMemory memory(Call call, AddressSpace space)
      throws MissingFactException, KernelReadException {
    TaskRows rows = new TaskRows(call);
    List<Region> regions = new ArrayList<>();
    for (MemoryRegion region : space.regions()) {
      regions.add(Region.of(region));
    }
    space.problems().forEach(call.notes()::incomplete);
    return new UserMemory(
        space.address(),
        space.pgd(),
        rows.kib(space.residentPages()),
        rows.kib(space.totalPages()),
        regions);
  }

  @Override
  public void print(Answer answer, Text out) {
    answer.task().print(out);
    if (answer.memory().isEmpty()) {
      out.print("it has no user memory\n");
      return;
    }
    UserMemory memory = answer.memory().get();
    out.print("%s  %s   RSS    TOTAL_VM\n", title("MM", out), title("PGD", out));
    String mm = out.pointer(memory.mm());
    String pgd = out.pointer(memory.pgd());
    out.print("%s  %s  %dk    %dk\n", mm, pgd, memory.rssKib(), memory.totalVmKib());
    out.print("%s      START       END     FLAGS FILE\n", title("VMA", out));
    for (Region region : memory.regions()) {
      out.line(
          "%s %10x %10x %6x %s",
          out.pointer(region.vma()),
          region.start(),
          region.end(),
          region.flags(),
          region.file().orElse(""));
    }
  }

  private static String title(String text, Text out) {
    return Text.format("%-" + out.digits() + "s", Text.centred(text, out.digits()));
  }
}
