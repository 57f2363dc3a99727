package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.locks.WaitKind;
import org.vmcore.gdbstub.linux.types.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code locks}. */
@Command(
    name = "locks",
    description = "Show what tasks and CPUs wait for: each lock with its owner and waiters.",
    footer =
        """
        What waits tells, by lock: mutexes, rwsems and the like, and completions, works, pages and
        queues, those that somebody waits for the longest first. Before them spinlocks that CPUs
        wait for, by the registers that they waited with. Who has a spinlock, most kernels do not
        keep: where the code of a function on the stack of one other CPU has named the lock and not
        again, it is likely that it has it; else it is not known. A kernel with lockdep keeps what
        each task has taken and where: then all that have a lock are told, with --held what all tasks
        have, as sysrq-d shows it, but for what they still wait for.
        """)
public final class Locks extends Query<Locks.Answer> {
  @Option(names = "-a", description = "Those too on which tasks only wait for something to do.")
  private boolean all;

  @Option(
      names = "--held",
      description = "All that tasks have taken too, of kernels with lockdep (sysrq-d).")
  private boolean held;

  /**
   * @param spinlocks that CPUs wait for
   * @param spinDeadlocks circles of CPUs: each waits for what the next has
   * @param locks that tasks wait for, the longest wait first
   * @param held what tasks have taken, where that was asked for
   */
  record Answer(
      List<SpinLock> spinlocks,
      List<CpuCircle> spinDeadlocks,
      List<Lock> locks,
      List<TaskLocks> held) {}

  /** CPUs that wait for one another. */
  record CpuCircle(List<Integer> cpus) {}

  /**
   * A lock, or what else tasks wait for.
   *
   * @param lock its address
   * @param what that is: its name, what it is in, or a work's function
   * @param owner who has it, or does the work
   * @param holders all who have it, of kernels that keep that (lockdep)
   * @param waiters the longest first
   */
  record Lock(
      WaitKind kind,
      @Hex long lock,
      Optional<String> what,
      Optional<Waiting.Owner> owner,
      List<Waiting.Holder> holders,
      List<Waiter> waiters) {}

  /**
   * A task that waits.
   *
   * @param where what called the function that waits
   * @param milliseconds since it was last given a CPU
   */
  record Waiter(int pid, @Hex long task, String comm, String where, OptionalLong milliseconds) {}

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call) throws MissingFactException {
    Reasons reasons = new Reasons();
    List<SpinLock> spinlocks = new SpinningCpus(call, reasons).find();
    call.notes().incomplete(reasons);
    List<Waiting> waits = (all ? Waits.ofAll() : new Waits()).answer(call).waits();
    return new Answer(
        spinlocks,
        circles(spinlocks),
        byLock(waits),
        held ? TaskLocks.of(call, waits) : List.of());
  }

  private record Key(WaitKind kind, long lock) {}

  private static List<Lock> byLock(List<Waiting> waits) {
    Map<Key, List<Waiting>> byLock = new LinkedHashMap<>();
    List<Waiting> sorted = new ArrayList<>(waits);
    sorted.sort(WaitGraph.LONGEST_FIRST);
    for (Waiting one : sorted) {
      if (one.lock().isPresent()) {
        byLock
            .computeIfAbsent(new Key(one.kind(), one.lock().getAsLong()), key -> new ArrayList<>())
            .add(one);
      }
    }
    List<Lock> locks = new ArrayList<>();
    byLock.forEach((key, waiting) -> locks.add(lock(key, waiting)));
    return locks;
  }

  private static Lock lock(Key key, List<Waiting> waiting) {
    return new Lock(
        key.kind(),
        key.lock(),
        waiting.get(0).what(),
        waiting.get(0).owner(),
        waiting.get(0).holders(),
        waiting.stream()
            .map(
                one ->
                    new Waiter(one.pid(), one.task(), one.comm(), one.where(), one.milliseconds()))
            .toList());
  }

  /** Each once, from its lowest CPU on. */
  static List<CpuCircle> circles(List<SpinLock> locks) {
    Map<Integer, Integer> waitsFor = new LinkedHashMap<>();
    for (SpinLock lock : locks) {
      if (lock.owner().isPresent() && lock.owner().get().cpu().isPresent()) {
        int owner = lock.owner().get().cpu().getAsInt();
        lock.spinning().forEach(one -> waitsFor.put(one.cpu(), owner));
      }
    }
    List<CpuCircle> circles = new ArrayList<>();
    for (int start : waitsFor.keySet().stream().sorted(Comparator.naturalOrder()).toList()) {
      List<Integer> way = new ArrayList<>();
      Integer at = start;
      while (at != null && !way.contains(at)) {
        way.add(at);
        at = waitsFor.get(at);
      }
      boolean isLowest = way.stream().allMatch(cpu -> cpu >= start);
      if (at != null && at == start && isLowest) {
        circles.add(new CpuCircle(List.copyOf(way)));
      }
    }
    return circles;
  }

  @Override
  public void print(Answer answer, Text out) {
    new LocksText(out).print(answer);
  }
}
