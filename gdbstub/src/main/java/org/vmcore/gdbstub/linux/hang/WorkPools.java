package org.vmcore.gdbstub.linux.hang;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;
import org.vmcore.gdbstub.linux.types.XArray;

/**
 * The pools of workers that do what workqueues are given (Linux kernel/workqueue.c, since 3.9):
 * those that have something to do.
 */
public final class WorkPools {
  /** WORK_STRUCT_PWQ: the rest of {@code work_struct.data} is the queue that a work is on. */
  private static final long HAS_QUEUE = 4;

  /** Below that are flags: a {@code pool_workqueue} begins at a multiple of 256. */
  private static final long QUEUE_FLAGS = 0xff;

  private static final String BARRIER = "struct wq_barrier";

  private final TypedMemory memory;
  private final Reasons reasons;
  private final OptionalLong barrierFunction;

  /**
   * A pool that has something to do.
   *
   * @param address of its {@code struct worker_pool}
   * @param cpu that its works are done on; empty where any may
   * @param nice of its workers
   * @param workers all of them, {@code idle} ones too
   * @param progress jiffies when it last took up a work, or got one having had none
   * @param running what is being done
   * @param pending what waits for a worker
   */
  public record Pool(
      long address,
      long id,
      OptionalInt cpu,
      OptionalInt nice,
      long workers,
      long idle,
      OptionalLong progress,
      List<Running> running,
      List<Pending> pending) {
    public Pool {
      running = List.copyOf(running);
      pending = List.copyOf(pending);
    }
  }

  /**
   * A work that is being done.
   *
   * @param task address of the worker's; 0 where softirqs do it
   * @param work address of its {@code struct work_struct}, and {@code function} what it does
   * @param queue name of the workqueue
   * @param started jiffies when it was begun, where the kernel keeps that
   * @param flushers addresses of the tasks that wait until it is done
   */
  public record Running(
      long task,
      long work,
      long function,
      Optional<String> queue,
      OptionalLong started,
      List<Long> flushers) {
    public Running {
      flushers = List.copyOf(flushers);
    }
  }

  /**
   * A work that waits.
   *
   * @param heldBack whether not for a worker but for another of its queue, which may not have more
   *     of them done at a time
   * @param flusher address of the task that waits until those before it are done: the work is
   *     nothing else
   */
  public record Pending(
      long work, long function, Optional<String> queue, boolean heldBack, OptionalLong flusher) {}

  /**
   * Those who wait until a whole workqueue is done.
   *
   * @param completions addresses of what they wait for, on their stacks
   */
  public record Flush(String queue, List<Long> completions) {
    public Flush {
      completions = List.copyOf(completions);
    }
  }

  /**
   * @param reasons told what could not be read
   */
  public WorkPools(TypedMemory memory, Reasons reasons) {
    this.memory = memory;
    this.reasons = reasons;
    this.barrierFunction =
        memory.address("wq_barrier_func").map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  /**
   * Those that have something to do.
   *
   * @throws KernelReadException when the kernel's symbols and types do not tell how they are kept
   */
  public List<Pool> busy() throws KernelReadException {
    Map<Long, List<Pending>> heldBack = heldBack();
    List<Pool> pools = new ArrayList<>();
    KernelObject tree = memory.variable("worker_pool_idr", "struct idr").member("idr_rt");
    for (XArray.Entry entry : XArray.entries(memory, tree)) {
      try {
        KernelObject object = memory.object("struct worker_pool", entry.address());
        Pool pool = pool(object, heldBack.getOrDefault(object.address(), List.of()));
        if (!pool.running().isEmpty() || !pool.pending().isEmpty()) {
          pools.add(pool);
        }
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    return pools;
  }

  private Pool pool(KernelObject pool, List<Pending> heldBack) throws KernelReadException {
    List<Running> running = new ArrayList<>();
    for (KernelObject head : pool.member("busy_hash").elements()) {
      Walk workers = head.hlist("struct worker", "hentry");
      workers.problem().ifPresent(reasons::add);
      for (KernelObject worker : workers) {
        reasons.optional(() -> running(worker)).ifPresent(running::add);
      }
    }
    List<Pending> pending =
        pending(pool.member("worklist"), work -> pending(work, queueOf(work), false));
    pending.addAll(heldBack);
    long cpu = pool.value("cpu");
    return new Pool(
        pool.address(),
        pool.value("id"),
        cpu < 0 ? OptionalInt.empty() : OptionalInt.of((int) cpu),
        pool.value("attrs") == 0
            ? OptionalInt.empty()
            : OptionalInt.of((int) pool.value("attrs->nice")),
        pool.value("nr_workers"),
        pool.value("nr_idle"),
        HangMembers.PROGRESS.isIn(pool)
            ? OptionalLong.of(HangMembers.PROGRESS.in(pool).value())
            : OptionalLong.empty(),
        running,
        pending);
  }

  private Running running(KernelObject worker) throws KernelReadException {
    List<Long> flushers = new ArrayList<>();
    Walk scheduled = worker.member("scheduled").list("struct work_struct", "entry");
    scheduled.problem().ifPresent(reasons::add);
    for (KernelObject work : scheduled) {
      OptionalLong flusher = flusher(work);
      flusher.ifPresent(flushers::add);
    }
    long queue = worker.value("current_pwq");
    return new Running(
        worker.value("task"),
        worker.value("current_work"),
        worker.value("current_func"),
        queue == 0 ? Optional.empty() : name(worker.member("current_pwq").dereference()),
        HangMembers.STARTED.isIn(worker)
            ? OptionalLong.of(HangMembers.STARTED.in(worker).value())
            : OptionalLong.empty(),
        flushers);
  }

  @FunctionalInterface
  private interface Reader {
    Pending read(KernelObject work) throws KernelReadException;
  }

  /** The works of a list, as far as they can be read. */
  private List<Pending> pending(KernelObject head, Reader reader) throws KernelReadException {
    List<Pending> pending = new ArrayList<>();
    Walk works = head.list("struct work_struct", "entry");
    works.problem().ifPresent(reasons::add);
    for (KernelObject work : works) {
      reasons.optional(() -> reader.read(work)).ifPresent(pending::add);
    }
    return pending;
  }

  private Pending pending(KernelObject work, Optional<String> queue, boolean heldBack)
      throws KernelReadException {
    return new Pending(work.address(), work.value("func"), queue, heldBack, flusher(work));
  }

  /** The task behind a barrier, which is put on the list behind the work that it waits for. */
  private OptionalLong flusher(KernelObject work) throws KernelReadException {
    if (barrierFunction.isEmpty() || work.value("func") != barrierFunction.getAsLong()) {
      return OptionalLong.empty();
    }
    KernelObject barrier = work.containerOf(BARRIER, "work");
    // Since 4.1.
    return barrier.has("task") ? OptionalLong.of(barrier.value("task")) : OptionalLong.empty();
  }

  private Optional<String> queueOf(KernelObject work) throws KernelReadException {
    long data = work.value("data.counter");
    return (data & HAS_QUEUE) == 0
        ? Optional.empty()
        : name(memory.object("struct pool_workqueue", data & ~QUEUE_FLAGS));
  }

  private Optional<String> name(KernelObject queue) {
    return reasons.optional(() -> queue.string("wq->name"));
  }

  /** What waits for others of its queue, by the pools that will do it. */
  private Map<Long, List<Pending>> heldBack() throws KernelReadException {
    Map<Long, List<Pending>> found = new HashMap<>();
    for (KernelObject queue : queues()) {
      Walk parts = queue.member("pwqs").list("struct pool_workqueue", "pwqs_node");
      parts.problem().ifPresent(reasons::add);
      for (KernelObject part : parts) {
        try {
          List<Pending> pending =
              pending(HangMembers.HELD_BACK.in(part), work -> pending(work, name(part), true));
          found.computeIfAbsent(part.value("pool"), pool -> new ArrayList<>()).addAll(pending);
        } catch (KernelReadException e) {
          reasons.add(e);
        }
      }
    }
    return found;
  }

  private Walk queues() throws KernelReadException {
    Walk walk =
        memory.variable("workqueues", "struct list_head").list("struct workqueue_struct", "list");
    walk.problem().ifPresent(reasons::add);
    return walk;
  }

  /** The queues that somebody waits for as a whole. */
  public List<Flush> flushes() throws KernelReadException {
    List<Flush> flushes = new ArrayList<>();
    for (KernelObject queue : queues()) {
      try {
        long first = queue.value("first_flusher");
        List<Long> completions = new ArrayList<>();
        if (first != 0) {
          completions.add(memory.object("struct wq_flusher", first).member("done").address());
        }
        for (String more : List.of("flusher_queue", "flusher_overflow")) {
          Walk walk = queue.member(more).list("struct wq_flusher", "list");
          walk.problem().ifPresent(reasons::add);
          for (KernelObject flusher : walk) {
            completions.add(flusher.member("done").address());
          }
        }
        if (!completions.isEmpty()) {
          flushes.add(new Flush(queue.string("name"), completions));
        }
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    return flushes;
  }
}
