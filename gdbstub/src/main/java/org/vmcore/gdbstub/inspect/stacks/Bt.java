package org.vmcore.gdbstub.inspect.stacks;

import java.util.List;
import java.util.Optional;
import org.vmcore.arch.Architectures;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.MachineStacks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bt}, laid out after crash's command. */
@Command(
    name = "bt",
    description = "Show which functions called one another on a kernel stack.",
    footer =
        """
        Of the selected CPU or task, of all CPUs, of every task, of one. In brackets is the place
        on the stack, behind the address the module. Registers are those of a CPU, of what an
        exception or interrupt came in, or, last, of the user program. '?' marks what only looks
        like a return address, where the way back was lost. Without types (see 'task') it is CPUs
        only.
        """)
public final class Bt extends Query<Bt.Answer> {
  @Parameters(
      arity = "0..2",
      paramLabel = "[all | cpu N | PID | TASK]",
      hideParamSyntax = true,
      description = "Every task; a CPU; or the task of a PID or at an address.")
  private List<String> words = List.of();

  @Option(names = "-a", description = "Show the stacks of all CPUs.")
  private boolean allCpus;

  @Option(names = "-s", description = "Tell the offset in each function, in decimal.")
  private boolean offsets;

  /**
   * @param architecture its name
   */
  public record Answer(String architecture, Rows<StackRow> stacks) {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    Architecture architecture = call.machine().requireArchitecture();
    MachineStacks stacks = call.machine().stacks();
    StackRows rows = new StackRows(stacks);
    return new Answer(architecture.name(), Rows.of(call, source(call, stacks, rows)));
  }

  private Rows.Source<StackRow> source(Call call, MachineStacks stacks, StackRows rows)
      throws NoAnswerException, MissingFactException {
    if (allCpus && !words.isEmpty()) {
      throw NoAnswerException.usage("-a is of all CPUs and takes none of them");
    } else if (allCpus) {
      return out -> {
        for (CrashedCpu cpu : call.machine().cpus()) {
          out.accept(rows.of(stacks.of(cpu)));
        }
      };
    } else if (words.equals(List.of("all"))) {
      List<Task> all = TaskFinder.every(call.machine());
      return out -> {
        for (Task task : all) {
          out.accept(rows.of(stacks.of(task)));
        }
      };
    }
    MachineStacks.Stack one = one(call, stacks);
    return out -> out.accept(rows.of(one));
  }

  private MachineStacks.Stack one(Call call, MachineStacks stacks)
      throws NoAnswerException, MissingFactException {
    if (words.isEmpty()) {
      Optional<Task> selected = call.view().selectedTask();
      return selected.isPresent() ? stacks.of(selected.get()) : stacks.of(call.cpu());
    } else if (words.get(0).equals("cpu")) {
      return stacks.of(cpu(call, words.subList(1, words.size())));
    } else if (words.size() > 1) {
      throw NoAnswerException.usage("takes one task");
    }
    return stacks.of(new TaskFinder(call).byNumber(Optional.of(words.get(0))));
  }

  private static CrashedCpu cpu(Call call, List<String> words) throws NoAnswerException {
    if (words.size() != 1 || !words.get(0).matches("\\d{1,5}")) {
      throw NoAnswerException.usage("takes 'cpu' and the number of one in the dump");
    }
    int number = Integer.parseInt(words.get(0));
    return call.machine().cpus().stream()
        .filter(cpu -> cpu.number() == number)
        .findFirst()
        .orElseThrow(() -> NoAnswerException.notThere("the dump has no CPU " + number));
  }

  @Override
  public void print(Answer answer, Text out) {
    StackText layout =
        new StackText(Architectures.named(answer.architecture()).orElseThrow(), offsets);
    boolean[] first = {true};
    int unused =
        answer
            .stacks()
            .forEach(
                stack -> {
                  if (!first[0]) {
                    out.lay("\n");
                  }
                  first[0] = false;
                  layout.print(stack, out);
                });
  }
}
