package org.vmcore.gdbstub.inspect.tasks;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.LastRuns;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.TaskState;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ps}, laid out after the command of that name in crash. */
@Command(
    name = "ps",
    description = "List the tasks.",
    footer =
        """
        '>' marks the tasks that ran on a CPU; kernel threads are in brackets. ST is the state:
        RU runs or could, IN and UN wait (UN is not woken by signals), ID is an idle worker, ST
        stopped, TR traced, ZO a zombie, DE dead, PA parked. VSZ and RSS are in KiB.
        """)
public final class Ps extends Query<Ps.Answer> {
  private static final int MAX_ANCESTORS = 1 << 16;

  @Parameters(
      arity = "0..*",
      paramLabel = "[PID|TASK|NAME...]",
      hideParamSyntax = true,
      description = "Only tasks of this PID, at this address, or with this name or expression.")
  private List<String> names = List.of();

  @Option(names = "-k", description = "Only the kernel's threads.")
  private boolean kernel;

  @Option(names = "-u", description = "Only the threads of programs.")
  private boolean user;

  @Option(names = "-G", description = "Only the first thread of each process.")
  private boolean leaders;

  @Option(names = "-A", description = "Only what CPUs ran.")
  private boolean active;

  @Option(
      names = "-y",
      paramLabel = "POLICY,...",
      description = "Only of these: NORMAL, FIFO, RR, BATCH, ISO, IDLE, DEADLINE, or numbers.")
  private @Nullable String policies;

  @Option(names = "-C", paramLabel = "CPU,...", description = "Only those that ran there last.")
  private @Nullable String cpuList;

  @Option(names = "-S", description = "Count the tasks in each state.")
  private boolean summary;

  @Option(names = "-p", description = "Show each one's parents.")
  private boolean parents;

  @Option(names = "-c", description = "Show each one's children.")
  private boolean children;

  @Option(names = "-g", description = "Show each process with its threads.")
  private boolean groups;

  @Option(names = "-t", description = "Show when each began and how long it ran.")
  private boolean times;

  @Option(names = "-r", description = "Show each one's limits.")
  private boolean limits;

  @Option(names = "-a", description = "Show each one's arguments and environment.")
  private boolean arguments;

  @Option(names = "-l", description = "The last to run first, with when that was by its clock.")
  private boolean last;

  @Option(names = "-m", description = "The same, with how long ago that was.")
  private boolean ago;

  @Option(names = "-s", description = "Show the kernel's stack pointer for TASK.")
  private boolean stackPointers;

  @Option(names = "-H", description = "Print no titles of columns.")
  private boolean bare;

  /** */
  sealed interface Answer permits Table, Counts, Relations, Details, Ran {}

  /** Those that are asked for, in the order of the names. */
  record Table(Rows<TaskRow> tasks) implements Answer {}

  /** How many there are in each state. */
  record Counts(Map<TaskState, Integer> states) implements Answer {}

  /** Tasks with their parents, children or threads. */
  record Relations(List<Relation> relations) implements Answer {}

  /**
   * A task with others.
   *
   * @param relatives from its first ancestor to itself, its children, or its threads
   */
  record Relation(NamedTask task, List<NamedTask> relatives) {}

  /** More of each. */
  record Details(Rows<TaskDetail> details) implements Answer {}

  /** The last to run first. */
  record Ran(List<LastRun> lastRuns) implements Answer {}

  /**
   * When a task was given a CPU last.
   *
   * @param arrivalNs by the scheduler's clock, and {@code agoNs} before the latest time that any of
   *     these clocks tells
   */
  record LastRun(NamedTask task, TaskState state, long arrivalNs, long agoNs) {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (isMoreThanOne(
        summary, parents, children, groups, times, limits, arguments, last, ago, stackPointers)) {
      throw NoAnswerException.usage("takes one of -S, -p, -c, -g, -t, -r, -a, -l, -m and -s");
    }
    call.notes().incomplete(call.machine().tasks().list().remark());
    Wanted wanted = wanted(call);
    if (summary) {
      Map<TaskState, Integer> counts = new EnumMap<>(TaskState.class);
      wanted.forEach(task -> counts.merge(task.state(), 1, Integer::sum));
      return new Counts(counts);
    } else if (parents || children || groups) {
      return relations(call, wanted.toList());
    } else if (times || limits || arguments) {
      TaskDetails details = new TaskDetails(call, times, limits, arguments);
      return new Details(
          Rows.of(call, out -> wanted.forEach(task -> out.accept(details.of(task)))));
    } else if (last || ago) {
      return ran(call, wanted.toList());
    }
    TaskRows rows = new TaskRows(call);
    return new Table(
        Rows.of(
            call,
            out ->
                wanted.forEach(
                    task ->
                        out.accept(stackPointers ? rows.withStackPointer(task) : rows.of(task)))));
  }

  /** What is made of a task. */
  @FunctionalInterface
  private interface TaskUser {
    void accept(Task task) throws MissingFactException, KernelReadException;
  }

  /** The tasks that are asked for, each when it is its turn. */
  @FunctionalInterface
  private interface Wanted {
    void forEach(TaskUser user) throws MissingFactException, KernelReadException;

    default List<Task> toList() throws MissingFactException, KernelReadException {
      List<Task> all = new ArrayList<>();
      forEach(all::add);
      return all;
    }
  }

  private Wanted wanted(Call call) throws NoAnswerException, MissingFactException {
    List<Task> named = new ArrayList<>();
    TaskFinder finder = new TaskFinder(call);
    for (String name : names) {
      named.addAll(finder.named(name));
    }
    TaskRows rows = new TaskRows(call);
    List<Integer> cpus = cpuList == null ? List.of() : CpuList.parse(call, cpuList);
    Set<Long> chosen = policies == null ? Set.of() : Policies.parse(policies);
    return user -> {
      Iterator<Task> all =
          names.isEmpty() ? TaskFinder.each(call.machine()).iterator() : named.iterator();
      while (all.hasNext()) {
        Task task = all.next();
        boolean right =
            (!kernel || task.kernelThread())
                && (!this.user || !task.kernelThread())
                && (!leaders || task.isLeader())
                && (!active || rows.isRunning(task))
                && (cpuList == null || cpus.contains(task.cpu().orElse(-1)))
                && (chosen.isEmpty() || chosen.contains(policy(call, task)));
        if (right) {
          user.accept(task);
        }
      }
      if (names.isEmpty()) {
        call.machine().tasks().list().problems().forEach(call.notes()::incomplete);
      }
    };
  }

  private static long policy(Call call, Task task)
      throws MissingFactException, KernelReadException {
    return call.machine().tasks().list().object(task).value("policy");
  }

  private Relations relations(Call call, List<Task> tasks) throws MissingFactException {
    List<Relation> found = new ArrayList<>();
    List<Task> all = TaskFinder.every(call.machine());
    for (Task task : tasks) {
      if (groups && names.isEmpty() && (!task.isLeader() || task.kernelThread())) {
        continue;
      }
      List<NamedTask> relatives = new ArrayList<>();
      if (parents) {
        ancestors(call, task).forEach(one -> relatives.add(NamedTask.of(one)));
      } else if (children) {
        all.stream()
            .filter(one -> one.ppid() == task.pid() && one.address() != task.address())
            .filter(one -> task.pid() != 0 || one.pid() != 0)
            .forEach(one -> relatives.add(NamedTask.of(one)));
      } else {
        all.stream()
            .filter(one -> one.tgid() == task.tgid() && !one.isLeader())
            .forEach(one -> relatives.add(NamedTask.of(one)));
      }
      Task head = groups ? call.machine().tasks().list().pid(task.tgid()).orElse(task) : task;
      found.add(new Relation(NamedTask.of(head), relatives));
    }
    return new Relations(found);
  }

  private static List<Task> ancestors(Call call, Task task) throws MissingFactException {
    Deque<Task> chain = new ArrayDeque<>(List.of(task));
    Tasks tasks = call.machine().tasks().list();
    for (int i = 0; i < MAX_ANCESTORS && chain.getFirst().pid() != 0; i++) {
      int ppid = chain.getFirst().ppid();
      Optional<Task> parent = ppid == 0 ? tasks.idle(0) : tasks.pid(ppid);
      if (parent.isEmpty()) {
        break;
      }
      chain.addFirst(parent.get());
    }
    return List.copyOf(chain);
  }

  private static Ran ran(Call call, List<Task> tasks) throws MissingFactException {
    LastRuns runs = LastRuns.read(call.typed(), tasks, call.cpus());
    runs.problems().forEach(call.notes()::incomplete);
    List<LastRun> found = new ArrayList<>();
    for (Task task : tasks) {
      OptionalLong since = runs.ago(task);
      if (since.isPresent()) {
        long arrival = runs.now() - since.getAsLong();
        found.add(new LastRun(NamedTask.of(task), task.state(), arrival, since.getAsLong()));
      }
    }
    if (found.isEmpty()) {
      throw new MissingFactException("this kernel does not keep when tasks ran last");
    }
    found.sort(Comparator.comparing(LastRun::agoNs));
    return new Ran(found);
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Table table) {
      if (!bare) {
        TaskRow.head(out, stackPointers);
      }
      int unused = table.tasks().forEach(row -> row.print(out));
    } else if (answer instanceof Counts counts) {
      counts.states().forEach((s, n) -> out.print("  %s: %d\n", s.abbreviation(), n));
    } else if (answer instanceof Relations all) {
      all.relations().forEach(task -> print(task, out));
    } else if (answer instanceof Details all) {
      int unused = all.details().forEach(task -> task.print(out));
    } else if (answer instanceof Ran ran) {
      ran.lastRuns().forEach(task -> print(task, out));
    }
  }

  private void print(Relation relation, Text out) {
    List<NamedTask> all = new ArrayList<>(relation.relatives());
    if (!parents) {
      all.add(0, relation.task());
    }
    for (int i = 0; i < all.size(); i++) {
      out.lay(" ".repeat(parents ? i : Math.min(i, 1) * 2));
      all.get(i).print(out);
    }
    if (children && relation.relatives().isEmpty()) {
      out.print("  (no children)\n");
    } else if (groups && relation.relatives().isEmpty()) {
      out.print("  (no threads)\n");
    }
    out.print("\n");
  }

  private void print(LastRun run, Text out) {
    if (ago) {
      Duration since = Duration.ofNanos(run.agoNs());
      out.print(
          "[%d %02d:%02d:%02d.%03d] ",
          since.toDays(),
          since.toHoursPart(),
          since.toMinutesPart(),
          since.toSecondsPart(),
          since.toMillisPart());
    } else {
      out.print("[%d] ", run.arrivalNs());
    }
    out.print("[%s]  ", run.state().abbreviation());
    run.task().print(out);
  }
}
