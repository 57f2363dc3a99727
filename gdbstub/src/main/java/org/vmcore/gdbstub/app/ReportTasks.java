package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.TaskState;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** The tasks by state, and first those that waited without being woken by signals. */
final class ReportTasks {
  /** Of a table that somebody is to look through. */
  private static final int MAX_ROWS = 2000;

  private static final double NANOS_PER_SECOND = 1e9;

  private final CrashedMachine machine;

  private ReportTasks(CrashedMachine machine) {
    this.machine = machine;
  }

  /**
   * A task with how long ago it had a CPU for the last time, in nanoseconds.
   *
   * @param idle where it is known
   */
  private record Waiting(Task task, OptionalLong idle) {
    String seconds() {
      return idle.isEmpty()
          ? ""
          : String.format(Locale.ROOT, "%.3f s", idle.getAsLong() / NANOS_PER_SECOND);
    }

    Map<String, Object> tree() {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("pid", task.pid());
      tree.put("ppid", task.ppid());
      task.cpu().ifPresent(cpu -> tree.put("cpu", cpu));
      tree.put("task", MachineReport.hex(task.address()));
      tree.put("state", task.state().abbreviation());
      idle.ifPresent(nanos -> tree.put("last_ran_seconds_ago", nanos / NANOS_PER_SECOND));
      tree.put("comm", task.comm());
      tree.put("kernel_thread", task.kernelThread());
      return tree;
    }
  }

  static Optional<ReportSection> of(CrashedMachine machine) throws MissingFactException {
    return new ReportTasks(machine).section();
  }

  private Optional<ReportSection> section() throws MissingFactException {
    List<Waiting> all = everyTask();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    List<Waiting> blocked =
        all.stream().filter(one -> one.task().state() == TaskState.UNINTERRUPTIBLE).toList();
    Map<TaskState, Integer> counts = new EnumMap<>(TaskState.class);
    all.forEach(one -> counts.merge(one.task().state(), 1, Integer::sum));
    List<String> problems = machine.tasks().list().problems();

    StringBuilder html = new StringBuilder("<ul class=\"counts\">\n");
    Map<String, Object> states = new LinkedHashMap<>();
    counts.forEach(
        (state, count) -> {
          states.put(state.abbreviation(), count);
          html.append("<li><b>%d</b> %s</li>\n".formatted(count, Html.escape(words(state))));
        });
    html.append("</ul>\n");
    problems.forEach(problem -> html.append(Html.paragraph("Not all: " + problem)));
    html.append("<h3>Blocked</h3>\n");
    html.append(
        blocked.isEmpty()
            ? Html.paragraph("No task waited uninterruptibly.")
            : table("Blocked tasks, the longest first", blocked));
    html.append(Html.folded("All " + all.size() + " tasks", table("All tasks", all)));

    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("count", all.size());
    tree.put("states", states);
    tree.put("blocked", blocked.stream().map(Waiting::tree).toList());
    tree.put("all", all.stream().map(Waiting::tree).toList());
    tree.put("problems", problems);
    return Optional.of(new ReportSection("tasks", "Tasks", html.toString(), tree));
  }

  private static String words(TaskState state) {
    return switch (state) {
      case RUNNING -> "running or ready";
      case INTERRUPTIBLE -> "sleeping";
      case UNINTERRUPTIBLE -> "blocked";
      case IDLE -> "idle workers";
      case UNKNOWN -> "in an unknown state";
      default -> state.name().toLowerCase(Locale.ROOT);
    };
  }

  private static String table(String label, List<Waiting> tasks) {
    List<List<String>> rows =
        tasks.stream()
            .limit(MAX_ROWS)
            .map(
                one ->
                    List.of(
                        Integer.toString(one.task().pid()),
                        one.task().state().abbreviation(),
                        one.task().cpu().isPresent()
                            ? Integer.toString(one.task().cpu().getAsInt())
                            : "",
                        one.task().kernelThread()
                            ? "[" + one.task().comm() + "]"
                            : one.task().comm(),
                        one.seconds(),
                        MachineReport.hex(one.task().address())))
            .toList();
    String table =
        Html.table(
            label,
            List.of(
                Html.Column.number("PID"),
                Html.Column.text("State"),
                Html.Column.number("CPU"),
                Html.Column.code("Name"),
                Html.Column.number("Last ran, ago"),
                Html.Column.code("task_struct")),
            rows);
    return tasks.size() > rows.size()
        ? table + Html.paragraph("And %d tasks more.".formatted(tasks.size() - rows.size()))
        : table;
  }

  /** The one that has not run for the longest time first; last, those of which it is not known. */
  private List<Waiting> everyTask() throws MissingFactException {
    List<Task> tasks = new ArrayList<>();
    for (CrashedCpu cpu : machine.cpus()) {
      machine.tasks().list().idle(cpu.number()).ifPresent(tasks::add);
    }
    tasks.addAll(machine.tasks().list().all());
    Map<Task, Long> lastRan = new LinkedHashMap<>();
    for (Task task : tasks) {
      lastRan(task).ifPresent(time -> lastRan.put(task, time));
    }
    long now =
        Math.max(clock(), lastRan.values().stream().mapToLong(Long::longValue).max().orElse(0));
    List<Waiting> waiting = new ArrayList<>();
    for (Task task : tasks) {
      Long time = lastRan.get(task);
      waiting.add(
          new Waiting(task, time == null ? OptionalLong.empty() : OptionalLong.of(now - time)));
    }
    waiting.sort(Comparator.comparingLong((Waiting one) -> one.idle().orElse(-1)).reversed());
    return waiting;
  }

  /**
   * When a task last was given a CPU, on the scheduler's clock: {@code sched_info.last_arrival}, as
   * crash has it, of kernels with CONFIG_SCHED_INFO, which distributions build; 0 is never.
   */
  private OptionalLong lastRan(Task task) {
    try {
      KernelObject object = machine.tasks().list().object(task);
      long time =
          object.has("sched_info.last_arrival") ? object.value("sched_info.last_arrival") : 0;
      return time > 0 ? OptionalLong.of(time) : OptionalLong.empty();
    } catch (KernelReadException | MissingFactException e) {
      return OptionalLong.empty();
    }
  }

  /** The latest of the run queues' clocks in nanoseconds, or 0 where none can be read. */
  private long clock() throws MissingFactException {
    PerCpu perCpu = new PerCpu(machine.requireTypes());
    long latest = 0;
    for (CrashedCpu cpu : machine.cpus()) {
      latest = Math.max(latest, clock(perCpu.address("runqueues", cpu.number())));
    }
    return latest;
  }

  /** The tasks' own times are nearly as late as that of a queue that cannot be read. */
  private long clock(OptionalLong queue) throws MissingFactException {
    try {
      return queue.isEmpty()
          ? 0
          : machine.requireTypes().object("struct rq", queue.getAsLong()).value("clock");
    } catch (KernelReadException e) {
      return 0;
    }
  }
}
