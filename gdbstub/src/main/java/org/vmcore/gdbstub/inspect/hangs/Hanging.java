package org.vmcore.gdbstub.inspect.hangs;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Hex;

/**
 * What was to be done and was not. Times are in ms, up to the crash.
 *
 * @param pools of workers that have something to do
 * @param flushes of whole workqueues
 * @param rcu grace periods that have not ended
 * @param lockupMilliseconds what the soft lockup watchdog lets pass; none where there is no such
 * @param cpus all of them
 * @param calls that CPUs have not answered
 * @param timers that are overdue
 * @param requests that disks have not answered, the longest first
 */
public record Hanging(
    List<WorkPool> pools,
    List<Flush> flushes,
    List<GracePeriod> rcu,
    OptionalLong lockupMilliseconds,
    List<CpuState> cpus,
    List<Call> calls,
    List<OverdueTimers> timers,
    List<DiskRequest> requests) {

  /**
   * A pool of workers.
   *
   * @param workerPool address of that structure
   * @param cpu that its works are done on; none where any may
   * @param idle of its {@code workers}
   * @param milliseconds since it took up a work, or got the first of those that wait; none where
   *     none waits for a worker
   */
  public record WorkPool(
      @Hex long workerPool,
      long id,
      OptionalInt cpu,
      OptionalInt nice,
      long workers,
      long idle,
      OptionalLong milliseconds,
      List<Running> running,
      List<Pending> pending) {}

  /**
   * A work that is being done.
   *
   * @param work address of its {@code struct work_struct}
   * @param queue name of the workqueue
   * @param worker the task that does it; none where a softirq does
   * @param milliseconds since it was begun, or since the worker last got a CPU: then it is at least
   *     as long
   * @param since whether it was begun then
   * @param flushers tasks that wait until it is done
   */
  public record Running(
      @Hex long work,
      Optional<String> function,
      Optional<String> queue,
      Optional<NamedTask> worker,
      OptionalLong milliseconds,
      boolean since,
      List<NamedTask> flushers) {}

  /**
   * A work that waits.
   *
   * @param heldBack whether for others of its queue, which does only so many at a time
   * @param flusher the task that waits until those before it are done: the work is nothing else
   */
  public record Pending(
      @Hex long work,
      Optional<String> function,
      Optional<String> queue,
      boolean heldBack,
      Optional<NamedTask> flusher) {}

  /** Tasks that wait until a workqueue is done. */
  public record Flush(String queue, List<NamedTask> tasks) {}

  /**
   * A grace period of RCU that has not ended.
   *
   * @param expedited whether it is one of those who cannot wait long
   * @param sequence as the kernel's own words have it
   * @param milliseconds since it began
   * @param idleMilliseconds since the thread that looks after it last did something
   * @param cpus that it waits for, with what they ran
   * @param tasks that it waits for: they were preempted while they read
   */
  public record GracePeriod(
      boolean expedited,
      long sequence,
      OptionalLong milliseconds,
      OptionalLong idleMilliseconds,
      List<OnCpu> cpus,
      List<NamedTask> tasks) {}

  /**
   * What a CPU ran.
   *
   * @param function that it was in
   */
  public record OnCpu(int cpu, Optional<NamedTask> current, Optional<String> function) {}

  /**
   * A CPU.
   *
   * @param idle whether it had nothing to do
   * @param tickMilliseconds since its timer ticked, or it took up another task; of one that is idle
   *     that may be long
   * @param watchdogMilliseconds since the soft lockup watchdog's time was set, within a second;
   *     none where that does not run
   * @param interrupts whether it took any; none where that cannot be told
   * @param callbacks that wait for a grace period
   */
  public record CpuState(
      int cpu,
      Optional<NamedTask> current,
      boolean idle,
      Optional<String> function,
      OptionalLong tickMilliseconds,
      OptionalLong watchdogMilliseconds,
      Optional<Boolean> interrupts,
      OptionalLong callbacks) {}

  /**
   * What a CPU was asked to do by another.
   *
   * @param kind call, irq_work or wake_up
   * @param from the CPU that asked, where that is known
   * @param csd address of what was asked with; of a task that is to be woken its {@code
   *     task_struct}
   */
  public record Call(
      int cpu, OptionalInt from, String kind, @Hex long csd, Optional<String> function) {}

  /**
   * Timers of a CPU that should have expired a second ago or more.
   *
   * @param wheel such as BASE_STD; {@code hrtimer} for those in ns
   * @param count of them
   * @param most the most overdue
   */
  public record OverdueTimers(int cpu, String wheel, int count, List<Overdue> most) {}

  /** A timer that is overdue. */
  public record Overdue(@Hex long timer, Optional<String> function, long milliseconds) {}

  /**
   * What a disk has not answered.
   *
   * @param request address of its {@code struct request}
   * @param operation such as read
   * @param sector of 512 bytes
   * @param milliseconds since it was made; none where the kernel did not note that
   * @param givenMilliseconds since the disk got it
   * @param through disks above it that it came through, the uppermost first
   * @param tasks that wait for it
   */
  public record DiskRequest(
      @Hex long request,
      String disk,
      String operation,
      long sector,
      long bytes,
      OptionalLong milliseconds,
      OptionalLong givenMilliseconds,
      List<String> through,
      List<NamedTask> tasks) {}
}
