package org.vmcore.gdbstub.inspect.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vtop}, laid out after the command of that name in crash. */
@Command(
    name = "vtop",
    description = "Translate a virtual address, showing each page-table entry on the way.",
    footer =
        """
        Each line is one entry: its physical address, its value, and its flags. User addresses
        are those of the selected thread, or of the space chosen with 'monitor space'.
        """)
public final class Vtop extends Query<Vtop.Answer> {
  @Parameters(paramLabel = "ADDRESS", description = "A virtual address, hexadecimal, or a symbol.")
  private String place = "";

  @Option(names = "-c", paramLabel = "PID|TASK", description = "As this task sees it.")
  private @Nullable String number;

  @Option(names = "-u", description = "As the program of the task sees it.")
  private boolean user;

  @Option(names = "-k", description = "By the kernel's own page tables.")
  private boolean kernel;

  /**
   * @param physical where it is; none where it is not mapped
   * @param fault why it is not
   */
  record Answer(
      @Hex long virtual, @Hex OptionalLong physical, List<Step> steps, Optional<String> fault) {}

  /**
   * An entry on the way.
   *
   * @param level such as {@code PGD}
   * @param at physical address of the entry, and {@code entry} what it holds; none of a level that
   *     has no table in memory
   * @param flags in the kernel's words
   * @param page physical address of the page, of the last
   * @param pageSize in bytes
   */
  record Step(
      String level,
      @Hex OptionalLong at,
      @Hex OptionalLong entry,
      String flags,
      @Hex OptionalLong page,
      OptionalLong pageSize) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    if (isMoreThanOne(user, kernel)) {
      throw NoAnswerException.usage("takes one of -u and -k");
    }
    long address = Place.parse(call.symbols(), place);
    PageWalk walk = memory(call).walk(address);
    List<Step> steps = new ArrayList<>();
    for (PageWalk.Step step : walk.steps()) {
      boolean page = step.pageSize() > 0;
      steps.add(
          new Step(
              step.level(),
              only(step.hasEntry(), step.entryAddress()),
              only(step.hasEntry(), step.entry()),
              step.flags(),
              only(page, step.target()),
              only(page, step.pageSize())));
    }
    Translation result = walk.result();
    return new Answer(
        walk.virtualAddress(),
        result instanceof Translation.Mapped mapped
            ? OptionalLong.of(mapped.physicalAddress())
            : OptionalLong.empty(),
        steps,
        result instanceof Fault fault ? Optional.of(fault.message()) : Optional.empty());
  }

  private VirtualMemory memory(Call call) throws NoAnswerException, MissingFactException {
    if (kernel) {
      return call.machine().kernelSpace().virtual();
    } else if (number != null || user) {
      TaskFinder finder = new TaskFinder(call);
      Task task = number == null ? finder.selected() : finder.byNumber(Optional.of(number));
      return user
          ? call.machine().tasks().userMemoryOf(task)
          : call.machine().tasks().memoryOf(task);
    }
    return call.memory();
  }

  private static OptionalLong only(boolean there, long value) {
    return there ? OptionalLong.of(value) : OptionalLong.empty();
  }

  @Override
  public void print(Answer answer, Text out) {
    String physical =
        answer.physical().isPresent()
            ? Long.toHexString(answer.physical().getAsLong())
            : "(not mapped)";
    out.print("VIRTUAL           PHYSICAL\n%-16x  %s\n\n", answer.virtual(), physical);
    for (Step step : answer.steps()) {
      if (step.entry().isPresent()) {
        String flags = step.flags().isEmpty() ? "" : "(" + step.flags() + ")";
        long at = step.at().orElse(0);
        out.print("%6s: %x => %x  %s\n", step.level(), at, step.entry().getAsLong(), flags);
      } else {
        out.print("%6s: %s\n", step.level(), step.flags());
      }
      if (step.page().isPresent()) {
        String size = Sizes.ofPage(step.pageSize().orElse(0));
        out.print("  PAGE: %x  (%s)\n", step.page().getAsLong(), size);
      }
    }
    answer.fault().ifPresent(fault -> out.print("%s\n", fault));
  }
}
