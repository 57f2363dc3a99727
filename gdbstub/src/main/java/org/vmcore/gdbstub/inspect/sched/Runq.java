package org.vmcore.gdbstub.inspect.sched;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.sched.RunQueues;
import org.vmcore.gdbstub.linux.sched.RunQueues.RunQueue;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code runq}, laid out after the command of that name in crash. */
@Command(
    name = "runq",
    description = "List the tasks that wait for each CPU.",
    footer =
        """
        The number in brackets is the task's priority: 0 to 98 are real time, 100 to 139 nice -20
        to 19. CURRENT is what ran; the tree of fair tasks is without it. Tasks of control groups
        are with all others.
        """)
public final class Runq extends Query<Runq.Answer> {
  private static final double NANOS = 1e9;

  @Option(names = "-t", description = "When each queue's clock stood, and when its task came on.")
  private boolean times;

  @Option(
      names = "-T",
      description = "How far the queues' clocks are behind the latest, in seconds.")
  private boolean lags;

  @Option(names = "-m", description = "For how long each task has been running.")
  private boolean running;

  @Option(names = "-c", paramLabel = "CPU,...", description = "Of these CPUs only.")
  private @Nullable String cpuList;

  /** */
  sealed interface Answer permits Queues, Clocks {}

  /** By CPU. */
  record Queues(List<Queue> queues) implements Answer {}

  /** By CPU. */
  record Clocks(List<Clock> clocks) implements Answer {}

  /**
   * A queue's clock.
   *
   * @param clockNs what it says; {@code behindNs} the latest of all
   * @param arrivalNs when its task came on; none where the kernel does not keep it
   */
  record Clock(
      int cpu, long clockNs, long behindNs, OptionalLong arrivalNs, Optional<NamedTask> current) {}

  /**
   * A CPU's run queue.
   *
   * @param rq address of its {@code struct rq}
   * @param current what it runs
   * @param realTimeArray address of the lists of {@code realTime}
   * @param fairTree address of the tree of {@code fair}
   * @param deadlineTree address of the tree of {@code deadline}; none before 3.14
   * @param incomplete why these are not all, if they are not
   */
  record Queue(
      int cpu,
      @Hex long rq,
      Optional<NamedTask> current,
      @Hex long realTimeArray,
      List<Queued> realTime,
      @Hex long fairTree,
      List<Queued> fair,
      @Hex OptionalLong deadlineTree,
      List<Queued> deadline,
      Optional<String> incomplete) {
    static Queue of(RunQueue queue) {
      return new Queue(
          queue.cpu(),
          queue.address(),
          queue.current().map(NamedTask::of),
          queue.realTimeArray(),
          queued(queue.realTime()),
          queue.fairTree(),
          queued(queue.fair()),
          queue.deadlineTree() == 0 ? OptionalLong.empty() : OptionalLong.of(queue.deadlineTree()),
          queued(queue.deadline()),
          queue.problem());
    }

    private static List<Queued> queued(List<RunQueues.Queued> tasks) {
      return tasks.stream()
          .map(one -> new Queued(one.priority(), NamedTask.of(one.task())))
          .toList();
    }
  }

  /**
   * A task that waits.
   *
   * @param priority below 0 for deadlines, below 100 for real time
   */
  record Queued(int priority, NamedTask task) {}

  @Override
  public List<String> takesForNothing() {
    return List.of("-g");
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (isMoreThanOne(times, lags, running)) {
      throw NoAnswerException.usage("takes one of -t, -T and -m");
    }
    List<Integer> cpus = cpuList == null ? call.cpus() : CpuList.parse(call, cpuList);
    List<RunQueue> found = RunQueues.read(call.typed(), call.machine().tasks().list(), cpus);
    if (times || lags || running) {
      return clocks(call, found);
    }
    return new Queues(found.stream().map(Queue::of).toList());
  }

  private static Clocks clocks(Call call, List<RunQueue> queues)
      throws MissingFactException, KernelReadException {
    long latest = 0;
    for (RunQueue queue : queues) {
      latest = Math.max(latest, clock(call, queue));
    }
    List<Clock> clocks = new ArrayList<>();
    for (RunQueue queue : queues) {
      OptionalLong arrival = OptionalLong.empty();
      if (queue.current().isPresent()) {
        KernelObject task = call.machine().tasks().list().object(queue.current().get());
        arrival =
            task.has("sched_info.last_arrival")
                ? OptionalLong.of(task.value("sched_info.last_arrival"))
                : OptionalLong.empty();
      }
      long clock = clock(call, queue);
      clocks.add(
          new Clock(
              queue.cpu(), clock, latest - clock, arrival, queue.current().map(NamedTask::of)));
    }
    return new Clocks(clocks);
  }

  private static long clock(Call call, RunQueue queue)
      throws MissingFactException, KernelReadException {
    return call.typed().object("struct rq", queue.address()).value("clock");
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Queues queues) {
      print(queues, out);
    } else if (answer instanceof Clocks clocks) {
      clocks.clocks().forEach(clock -> print(clock, out));
    }
  }

  private void print(Clock clock, Text out) {
    if (lags) {
      out.print("%5s: %.2f secs\n", "CPU " + clock.cpu(), clock.behindNs() / NANOS);
      return;
    }
    long arrival = clock.arrivalNs().orElse(0);
    if (times) {
      out.print(" CPU %d: %d\n", clock.cpu(), clock.clockNs());
      out.print("        %010d  ", arrival);
    } else {
      Duration ran = Duration.ofNanos(clock.clockNs() - arrival);
      out.print(
          " CPU %d: [%d %02d:%02d:%02d.%03d]  ",
          clock.cpu(),
          ran.toDays(),
          ran.toHoursPart(),
          ran.toMinutesPart(),
          ran.toSecondsPart(),
          ran.toMillisPart());
    }
    clock.current().ifPresentOrElse(task -> print(task, out), () -> out.print("(unknown)\n"));
  }

  private static void print(Queues answer, Text out) {
    String separator = "";
    for (Queue queue : answer.queues()) {
      out.lay(separator);
      separator = "\n";
      out.print("CPU %d RUNQUEUE: %x\n  CURRENT: ", queue.cpu(), queue.rq());
      queue.current().ifPresentOrElse(task -> print(task, out), () -> out.print("(unknown)\n"));
      out.print("  RT PRIO_ARRAY: %x\n", queue.realTimeArray());
      print(queue.realTime(), out);
      out.print("  CFS RB_ROOT: %x\n", queue.fairTree());
      print(queue.fair(), out);
      if (!queue.deadline().isEmpty()) {
        out.print("  DL RB_ROOT: %x\n", queue.deadlineTree().orElse(0));
        print(queue.deadline(), out);
      }
      out.notAll(queue.incomplete());
    }
  }

  private static void print(List<Queued> queued, Text out) {
    if (queued.isEmpty()) {
      out.print("     [no tasks queued]\n");
    }
    for (Queued one : queued) {
      out.print("     [%3d] ", one.priority());
      print(one.task(), out);
    }
  }

  private static void print(NamedTask task, Text out) {
    out.print("PID: %-5d  TASK: %x  COMMAND: \"%s\"\n", task.pid(), task.task(), task.comm());
  }
}
