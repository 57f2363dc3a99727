package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.tasks.LastRuns;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.TaskState;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * The tasks by state, and first those that waited without being woken by signals.
 *
 * @param states how many there are of each
 * @param blocked those that were, the longest first
 * @param all the one that has not run for the longest time first; last, those of which it is not
 *     known
 * @param problems why these are not all, or not all of them is known
 */
record ReportTasks(
    int count,
    Map<TaskState, Integer> states,
    List<Waiting> blocked,
    List<Waiting> all,
    List<String> problems) {
  /** Of a table that somebody is to look through. */
  private static final int MAX_ROWS = 2000;

  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * A task.
   *
   * @param task address of its {@code task_struct}
   * @param lastRanSecondsAgo how long ago it had a CPU for the last time
   */
  record Waiting(
      int pid,
      int ppid,
      OptionalInt cpu,
      @Hex long task,
      TaskState state,
      OptionalDouble lastRanSecondsAgo,
      String comm,
      boolean kernelThread) {
    static Waiting of(Task task, OptionalLong ago) {
      return new Waiting(
          task.pid(),
          task.ppid(),
          task.cpu(),
          task.address(),
          task.state(),
          ago.isPresent()
              ? OptionalDouble.of(ago.getAsLong() / NANOS_PER_SECOND)
              : OptionalDouble.empty(),
          task.comm(),
          task.kernelThread());
    }

    private List<String> cells() {
      return List.of(
          String.valueOf(pid),
          state.abbreviation(),
          cpu.isPresent() ? String.valueOf(cpu.getAsInt()) : "",
          kernelThread ? "[" + comm + "]" : comm,
          lastRanSecondsAgo.isPresent()
              ? String.format(Locale.ROOT, "%.3f s", lastRanSecondsAgo.getAsDouble())
              : "",
          Fields.hex(task));
    }
  }

  static Optional<ReportSection> of(CrashedMachine machine) throws MissingFactException {
    List<Task> tasks = TaskFinder.every(machine);
    List<Integer> cpus = machine.cpus().stream().map(CrashedCpu::number).toList();
    LastRuns runs = LastRuns.read(machine.requireTypes(), tasks, cpus);
    List<Waiting> all = new ArrayList<>();
    Map<TaskState, Integer> states = new EnumMap<>(TaskState.class);
    for (Task task : tasks) {
      all.add(Waiting.of(task, runs.ago(task)));
      states.merge(task.state(), 1, Integer::sum);
    }
    all.sort(
        Comparator.comparingDouble((Waiting one) -> one.lastRanSecondsAgo().orElse(-1)).reversed());
    Notes notes = new Notes();
    machine.tasks().list().problems().forEach(notes::incomplete);
    runs.problems().forEach(notes::incomplete);
    ReportTasks report =
        new ReportTasks(
            all.size(),
            states,
            all.stream().filter(one -> one.state() == TaskState.UNINTERRUPTIBLE).toList(),
            all,
            notes.incomplete());
    return all.isEmpty()
        ? Optional.empty()
        : Optional.of(new ReportSection("tasks", "Tasks", report.html(), report));
  }

  private String html() {
    StringBuilder html = new StringBuilder("<ul class=\"counts\">\n");
    states.forEach(
        (state, number) ->
            html.append("<li><b>%d</b> %s</li>\n".formatted(number, Html.escape(words(state)))));
    html.append("</ul>\n");
    problems.forEach(problem -> html.append(Html.paragraph("Not all: " + problem)));
    html.append("<h3>Blocked</h3>\n");
    html.append(
        blocked.isEmpty()
            ? Html.paragraph("No task waited uninterruptibly.")
            : table("Blocked tasks, the longest first", blocked));
    html.append(Html.folded("All " + count + " tasks", table("All tasks", all)));
    return html.toString();
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
            tasks.stream().limit(MAX_ROWS).map(Waiting::cells).toList());
    int more = tasks.size() - MAX_ROWS;
    return more > 0 ? table + Html.paragraph("And %d tasks more.".formatted(more)) : table;
  }
}
