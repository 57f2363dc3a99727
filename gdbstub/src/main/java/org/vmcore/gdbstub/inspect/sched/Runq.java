package org.vmcore.gdbstub.inspect.sched;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.sched.RunQueues;
import org.vmcore.gdbstub.linux.sched.RunQueues.RunQueue;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;

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
  /** By CPU. */
  record Answer(List<Queue> queues) {}

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
  public Answer answer(Call call) throws MissingFactException, KernelReadException {
    List<Queue> queues = new ArrayList<>();
    for (RunQueue queue :
        RunQueues.read(call.typed(), call.machine().tasks().list(), call.cpus())) {
      queues.add(Queue.of(queue));
    }
    return new Answer(queues);
  }

  @Override
  public void print(Answer answer, Text out) {
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
