package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Json;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.TaskState;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code foreach}: another question about each of some tasks, as the command of crash does. */
@Command(
    name = "foreach",
    description = "Ask a question about each of some tasks.",
    footer =
        """
        WHICH is kernel, user, gleader (first threads of processes), active (what CPUs ran), a state
        (RU, IN, UN, ID, ST, TR, ZO, DE, PA), a PID, the address of a task_struct, a name or a regular
        expression of names; several of one kind add up, of different kinds narrow down; without any
        it is every task. COMMAND is bt, ps, task, vm, files, net, sig, fuser or vtop with what it
        takes. For example:
          foreach UN bt
          foreach user vm
          foreach kworker.* bt -f
        """)
public final class Foreach extends Query<Foreach.Answer> {
  private static final Set<String> COMMANDS =
      Set.of("bt", "ps", "task", "vm", "files", "net", "sig", "vtop", "mount");

  /** Those whose task is their argument. */
  private static final Set<String> TAKE_TASK = Set.of("ps");

  @Parameters(
      arity = "1..*",
      paramLabel = "[WHICH...] COMMAND [ARGUMENT...]",
      hideParamSyntax = true,
      description = "Which tasks, and what about them.")
  private List<String> words = List.of();

  /**
   * @param command that is asked of each
   */
  record Answer(String command, Rows<One> tasks) {}

  /**
   * What is to be said of a task.
   *
   * @param answer as the command itself has it; none where there is none
   * @param problem why there is none
   */
  record One(NamedTask task, Optional<Inner> answer, Optional<String> problem) {}

  /** An answer that knows how it is shown. */
  static final class Inner implements Json.Streamed {
    private final Record answer;
    private final Consumer<Text> printing;

    private Inner(Record answer, Consumer<Text> printing) {
      this.answer = answer;
      this.printing = printing;
    }

    static <A> Inner of(Query<A> query, Call call)
        throws NoAnswerException, MissingFactException, KernelReadException {
      A answer = query.answer(call);
      return new Inner((Record) answer, out -> query.print(answer, out));
    }

    void print(Text out) {
      printing.accept(out);
    }

    @Override
    public void writeTo(Json json) {
      json.value(answer);
    }
  }

  @Override
  public boolean takesDashes() {
    return true;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    int at = 0;
    while (at < words.size() && !COMMANDS.contains(words.get(at))) {
      at++;
    }
    if (at == words.size()) {
      throw NoAnswerException.usage("takes one of the commands " + String.join(", ", COMMANDS));
    }
    String command = words.get(at);
    List<String> arguments = words.subList(at + 1, words.size());
    List<Task> tasks = select(call, words.subList(0, at));
    Form.Wish unused = new Form(query(command)).take(arguments(command, arguments, 0));
    return new Answer(
        command,
        Rows.of(
            call,
            out -> {
              for (Task task : tasks) {
                ask(call, command, arguments, task, out);
              }
            }));
  }

  private static Query<?> query(String command) {
    return Queries.named(command).orElseThrow();
  }

  private static List<String> arguments(String command, List<String> given, long task) {
    List<String> all = new ArrayList<>(given);
    if (TAKE_TASK.contains(command)) {
      all.add(Long.toHexString(task));
    }
    return all;
  }

  private static void ask(
      Call call, String command, List<String> arguments, Task task, Consumer<One> out) {
    Query<?> query = query(command);
    try {
      Form.Wish unused = new Form(query).take(arguments(command, arguments, task.address()));
      out.accept(
          new One(
              NamedTask.of(task), Optional.of(Inner.of(query, call.of(task))), Optional.empty()));
    } catch (NoAnswerException | MissingFactException | KernelReadException e) {
      out.accept(new One(NamedTask.of(task), Optional.empty(), Optional.of(Answering.reason(e))));
    }
  }

  /** The words of one kind add up; a task is one that all kinds want. */
  private static List<Task> select(Call call, List<String> which)
      throws NoAnswerException, MissingFactException {
    Set<TaskState> states = new HashSet<>();
    Set<Long> named = new HashSet<>();
    List<Predicate<Task>> kinds = new ArrayList<>();
    boolean names = false;
    for (String word : which) {
      Optional<TaskState> state = state(word);
      switch (word) {
        case "kernel" -> kinds.add(Task::kernelThread);
        case "user" -> kinds.add(task -> !task.kernelThread());
        case "gleader" -> kinds.add(task -> task.isLeader() && !task.kernelThread());
        case "active" -> {
          Set<Long> running = running(call);
          kinds.add(task -> running.contains(task.address()));
        }
        default -> {
          if (state.isPresent()) {
            states.add(state.get());
          } else {
            names = true;
            new TaskFinder(call).named(word).forEach(task -> named.add(task.address()));
          }
        }
      }
    }
    boolean byName = names;
    return TaskFinder.every(call.machine()).stream()
        .filter(task -> kinds.stream().allMatch(kind -> kind.test(task)))
        .filter(task -> states.isEmpty() || states.contains(task.state()))
        .filter(task -> !byName || named.contains(task.address()))
        .toList();
  }

  private static Optional<TaskState> state(String word) {
    for (TaskState state : TaskState.values()) {
      if (word.length() == 2 && state.abbreviation().equals(word.toUpperCase(Locale.ROOT))) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }

  private static Set<Long> running(Call call) throws MissingFactException {
    Set<Long> running = new HashSet<>();
    for (CrashedCpu cpu : call.machine().cpus()) {
      call.machine()
          .tasks()
          .list()
          .current(cpu.number())
          .ifPresent(task -> running.add(task.address()));
    }
    return running;
  }

  @Override
  public void print(Answer answer, Text out) {
    int unused =
        answer
            .tasks()
            .forEach(
                one -> {
                  if (one.answer().isPresent()) {
                    one.answer().get().print(out);
                  } else {
                    one.task().print(out);
                    out.print("%s: %s\n", answer.command(), one.problem().orElse(""));
                  }
                  out.print("\n");
                });
  }
}
