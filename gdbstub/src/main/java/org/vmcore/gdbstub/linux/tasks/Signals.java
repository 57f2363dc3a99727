package org.vmcore.gdbstub.linux.tasks;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.Walk;

/** What a task does with signals, and which wait for it (Linux include/linux/sched/signal.h). */
public final class Signals {
  /** More of one queue are not looked at; RLIMIT_SIGPENDING is some thousands. */
  private static final int MAX_QUEUED = 1 << 16;

  private Signals() {}

  /**
   * What happens at a signal.
   *
   * @param address of its {@code struct k_sigaction}
   * @param handler 0 for the default, 1 for nothing (include/uapi/asm-generic/signal-defs.h)
   * @param mask signals that are blocked meanwhile, signal 1 in the lowest bit
   */
  public record Action(int signal, long address, long handler, long mask, long flags) {}

  /**
   * A signal that waits.
   *
   * @param address of its {@code struct sigqueue}
   */
  public record Queued(long address, int signal) {}

  /**
   * Signals that wait.
   *
   * @param signals a bit for each
   */
  public record Pending(long signals, List<Queued> queue) {}

  /**
   * All of a task.
   *
   * @param signal address of its {@code struct signal_struct}
   * @param isPending whether one waits that is not blocked
   * @param pending its own, and {@code shared} those of the process
   */
  public record Found(
      long signal,
      long threads,
      List<Action> actions,
      boolean isPending,
      long blocked,
      Pending pending,
      Pending shared) {}

  /**
   * Those of a task.
   *
   * @param task a {@code struct task_struct}
   * @param reasons told why not all signals that wait are known
   */
  public static Found of(KernelObject task, Reasons reasons) throws KernelReadException {
    KernelObject signal = task.member("signal").dereference();
    List<Action> actions = new ArrayList<>();
    if (task.value("sighand") != 0) {
      KernelObject table = task.member("sighand->action");
      for (int i = 0; i < table.length(); i++) {
        KernelObject action = table.element(i);
        actions.add(
            new Action(
                i + 1,
                action.address(),
                action.value("sa.sa_handler"),
                set(action.member("sa.sa_mask")),
                action.value("sa.sa_flags")));
      }
    }
    long blocked = set(task.member("blocked"));
    Pending own = pending(task.member("pending"), reasons);
    Pending shared = pending(signal.member("shared_pending"), reasons);
    return new Found(
        signal.address(),
        signal.value("nr_threads"),
        actions,
        ((own.signals() | shared.signals()) & ~blocked) != 0,
        blocked,
        own,
        shared);
  }

  /** The first 64 signals of a {@code sigset_t}, whatever its words are. */
  private static long set(KernelObject set) throws KernelReadException {
    KernelObject words = set.member("sig");
    long low = words.element(0).value();
    return words.length() > 1
        ? (low & 0xffff_ffffL) | (words.element(1).value() << Integer.SIZE)
        : low;
  }

  private static Pending pending(KernelObject pending, Reasons reasons) throws KernelReadException {
    List<Queued> queue = new ArrayList<>();
    Walk walk = pending.member("list").list("struct sigqueue", "list");
    walk.problem().ifPresent(reasons::add);
    for (KernelObject queued : walk) {
      if (queue.size() < MAX_QUEUED) {
        queue.add(new Queued(queued.address(), (int) queued.value("info.si_signo")));
      }
    }
    return new Pending(set(pending.member("signal")), queue);
  }
}
