package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
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
import org.vmcore.gdbstub.inspect.tasks.TaskContext;
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
        expression of names, behind a backslash where it is a command's name, too; several of one
        kind add up, of different kinds narrow down; without any it is every task. COMMAND is bt, ps,
        task, vm, files, net, set, sig, mount or vtop with what it takes, or several of them. For
        example:
          foreach UN bt
          foreach user vm
          foreach kworker.* bt -f
          foreach 1 set files
        """)
public final class Foreach extends Query<Foreach.Answer> {
  /** A command of sessions, and no query: it shows a task as it chooses it. */
  private static final String SET = "set";

  private static final List<String> COMMANDS =
      List.of("bt", "ps", "task", "vm", "files", "net", SET, "sig", "vtop", "mount");

  /** Those whose task is their argument. */
  private static final Set<String> TAKE_TASK = Set.of("ps");

  @Parameters(
      arity = "1..*",
      paramLabel = "[WHICH...] COMMAND [ARGUMENT...]",
      hideParamSyntax = true,
      description = "Which tasks, and what about them.")
  private List<String> words = List.of();

  /**
   * @param commands that are asked of each
   */
  record Answer(List<String> commands, Rows<One> tasks) {}

  /**
   * What is to be said of a task.
   *
   * @param answer as the command itself has it; none where there is none
   * @param problem why there is none
   */
  record One(String command, NamedTask task, Optional<Inner> answer, Optional<String> problem) {}

  /** A command with its words. */
  private record Asked(String command, List<String> arguments) {
    /** The words with the task where they have to name it. */
    List<String> of(long task) {
      List<String> all = new ArrayList<>(arguments);
      if (TAKE_TASK.contains(command)) {
        all.add(Long.toHexString(task));
      }
      return all;
    }
  }

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
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    List<String> which = new ArrayList<>();
    List<String> before = new ArrayList<>();
    List<Asked> asked = new ArrayList<>();
    String last = "";
    for (String word : words) {
      // What is looked for may be called as a command is.
      if (COMMANDS.contains(word) && !last.equals("-R")) {
        asked.add(new Asked(word, new ArrayList<>(before)));
      } else if (!asked.isEmpty()) {
        asked.get(asked.size() - 1).arguments().add(word);
      } else if (word.startsWith("-")) {
        before.add(word);
      } else {
        which.add(word.replaceFirst("^\\\\", ""));
      }
      last = word;
    }
    if (asked.isEmpty()) {
      throw NoAnswerException.usage("takes one of the commands " + String.join(", ", COMMANDS));
    }
    for (Asked one : asked) {
      if (!one.command().equals(SET)) {
        Form.Wish unused = new Form(query(one.command())).take(one.of(0));
      } else if (!one.arguments().isEmpty()) {
        throw NoAnswerException.usage("set takes nothing here");
      }
    }
    Predicate<Task> wanted = wanted(call, which);
    return new Answer(
        asked.stream().map(Asked::command).toList(),
        Rows.of(
            call,
            out -> {
              Iterator<Task> tasks = TaskFinder.each(call.machine()).filter(wanted).iterator();
              while (tasks.hasNext()) {
                Task task = tasks.next();
                for (Asked one : asked) {
                  ask(call, one, task, out);
                }
              }
            }));
  }

  private static Query<?> query(String command) {
    return Queries.named(command).orElseThrow();
  }

  private static void ask(Call call, Asked asked, Task task, Consumer<One> out) {
    String command = asked.command();
    NamedTask named = NamedTask.of(task);
    try {
      out.accept(new One(command, named, Optional.of(inner(call, asked, task)), Optional.empty()));
    } catch (NoAnswerException | MissingFactException | KernelReadException e) {
      out.accept(new One(command, named, Optional.empty(), Optional.of(Answering.reason(e))));
    }
  }

  private static Inner inner(Call call, Asked asked, Task task)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (asked.command().equals(SET)) {
      TaskContext context = TaskContext.of(call.machine(), task);
      return new Inner(
          context,
          out -> {
            NamedTask.of(task).print(out);
            context.print(out);
          });
    }
    Query<?> query = query(asked.command());
    Form.Wish unused = new Form(query).take(asked.of(task.address()));
    return Inner.of(query, call.of(task));
  }

  /** The words of one kind add up; a task is one that all kinds want. */
  private static Predicate<Task> wanted(Call call, List<String> which)
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
    return task ->
        kinds.stream().allMatch(kind -> kind.test(task))
            && (states.isEmpty() || states.contains(task.state()))
            && (!byName || named.contains(task.address()));
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
                    out.print("%s: %s\n", one.command(), one.problem().orElse(""));
                  }
                  out.print("\n");
                });
  }
}
