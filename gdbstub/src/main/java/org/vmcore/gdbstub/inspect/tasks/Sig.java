package org.vmcore.gdbstub.inspect.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Signals;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sig}, laid out after the command of that name in crash. */
@Command(
    name = "sig",
    description = "Show what a task does with signals, and which wait for it.",
    footer =
        """
        SIGNAL lines have the address of the struct k_sigaction, the handler, the signals that are
        blocked in it and its flags. Masks have signal 1 in their lowest bit: -s names those of one.
        """)
public final class Sig extends Query<Sig.Answer> {
  /** Names in a line. */
  private static final int LINE = 10;

  @Parameters(
      arity = "0..*",
      paramLabel = "[PID|TASK...]",
      hideParamSyntax = true,
      description = "Of which tasks.")
  private List<String> words = List.of();

  @Option(names = "-l", description = "List the signals by their numbers.")
  private boolean list;

  @Option(names = "-s", paramLabel = "MASK", description = "Name the signals in a mask.")
  private @Nullable String mask;

  @Option(names = "-g", description = "Of all threads of the process.")
  private boolean group;

  /** */
  sealed interface Answer permits Names, OfTasks {}

  /** Signals by their names. */
  record Names(List<Name> signals) implements Answer {}

  /** */
  record Name(int number, String name) {}

  /** */
  record OfTasks(List<OfTask> tasks) implements Answer {}

  /**
   * Those of a task.
   *
   * @param signalStruct address of its {@code struct signal_struct}
   * @param pending whether one waits that is not blocked
   */
  record OfTask(
      NamedTask task,
      @Hex long signalStruct,
      long threads,
      List<Action> actions,
      boolean pending,
      @Hex long blocked,
      Waiting own,
      Waiting shared) {}

  /**
   * @param action address of its {@code struct k_sigaction}
   * @param handler 0 for the default, 1 for nothing
   */
  record Action(int number, @Hex long action, @Hex long handler, @Hex long mask, @Hex long flags) {}

  /** */
  record Waiting(@Hex long signals, List<Queued> queue) {}

  /**
   * @param sigqueue address of its {@code struct sigqueue}
   */
  record Queued(@Hex long sigqueue, int number) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (list || mask != null) {
      long wanted = mask == null ? -1 : HexAddress.parse(mask);
      List<Name> names = new ArrayList<>();
      for (int signal = 1; signal <= SignalNames.COUNT; signal++) {
        if ((wanted >>> (signal - 1) & 1) != 0) {
          names.add(new Name(signal, list ? SignalNames.all(signal) : SignalNames.of(signal)));
        }
      }
      return new Names(names);
    }
    TaskFinder finder = new TaskFinder(call);
    List<Task> tasks = new ArrayList<>();
    for (String word : words) {
      tasks.add(finder.one(Optional.of(word)));
    }
    if (words.isEmpty()) {
      tasks.add(finder.selected());
    }
    List<OfTask> found = new ArrayList<>();
    for (Task task : tasks) {
      for (Task one : group ? threads(call, task) : List.of(task)) {
        found.add(of(call, one));
      }
    }
    return new OfTasks(found);
  }

  private static List<Task> threads(Call call, Task task) throws MissingFactException {
    return call.machine().tasks().list().all().stream()
        .filter(other -> other.tgid() == task.tgid())
        .toList();
  }

  private static OfTask of(Call call, Task task) throws MissingFactException, KernelReadException {
    Reasons reasons = new Reasons();
    Signals.Found found = Signals.of(call.machine().tasks().list().object(task), reasons);
    call.notes().incomplete(reasons);
    return new OfTask(
        NamedTask.of(task),
        found.signal(),
        found.threads(),
        found.actions().stream()
            .map(a -> new Action(a.signal(), a.address(), a.handler(), a.mask(), a.flags()))
            .toList(),
        found.isPending(),
        found.blocked(),
        waiting(found.pending()),
        waiting(found.shared()));
  }

  private static Waiting waiting(Signals.Pending pending) {
    return new Waiting(
        pending.signals(),
        pending.queue().stream().map(q -> new Queued(q.address(), q.signal())).toList());
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Names names) {
      names(names.signals(), out);
    } else if (answer instanceof OfTasks all) {
      for (int i = 0; i < all.tasks().size(); i++) {
        out.lay(i == 0 ? "" : "\n");
        task(all.tasks().get(i), out);
      }
    }
  }

  private void names(List<Name> names, Text out) {
    if (list) {
      names.forEach(one -> out.print("%4s %s\n", "[" + one.number() + "]", one.name()));
      return;
    }
    for (int i = 0; i < names.size(); i++) {
      boolean last = i == names.size() - 1 || (i + 1) % LINE == 0;
      out.print("%s", names.get(i).name());
      out.lay(last ? "\n" : " ");
    }
  }

  private static void task(OfTask task, Text out) {
    task.task().print(out);
    out.print("SIGNAL_STRUCT: %x  NR_THREADS: %d\n", task.signalStruct(), task.threads());
    int digits = out.digits();
    String row = "%4s %" + digits + "s %10s %016x %x %s\n";
    out.print(
        " SIG %s  %s  %s       FLAGS\n",
        Text.centred("SIGACTION", digits + 1), "      HANDLER", "     MASK");
    for (Action action : task.actions()) {
      out.row(
          row,
          "[" + action.number() + "]",
          Long.toHexString(action.action()),
          handler(action.handler()),
          action.mask(),
          action.flags(),
          SignalNames.flags(action.flags()));
    }
    out.print("SIGPENDING: %s\n", task.pending() ? "yes" : "no");
    out.print("   BLOCKED: %016x\n", task.blocked());
    waiting("PRIVATE_PENDING", task.own(), out);
    waiting("SHARED_PENDING", task.shared(), out);
  }

  private static String handler(long handler) {
    return handler == 0 ? "SIG_DFL" : handler == 1 ? "SIG_IGN" : Long.toHexString(handler);
  }

  private static void waiting(String title, Waiting waiting, Text out) {
    out.print("%s\n    SIGNAL: %016x\n", title, waiting.signals());
    if (waiting.queue().isEmpty()) {
      out.print("  SIGQUEUE: (empty)\n");
      return;
    }
    out.print("  SIGQUEUE:  SIG  SIGINFO\n");
    waiting.queue().forEach(q -> out.print("           %4d  %x\n", q.number(), q.sigqueue()));
  }
}
