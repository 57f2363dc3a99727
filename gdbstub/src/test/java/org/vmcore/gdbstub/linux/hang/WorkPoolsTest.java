package org.vmcore.gdbstub.linux.hang;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.hang.WorkPools.Flush;
import org.vmcore.gdbstub.linux.hang.WorkPools.Pending;
import org.vmcore.gdbstub.linux.hang.WorkPools.Pool;
import org.vmcore.gdbstub.linux.hang.WorkPools.Running;
import org.vmcore.gdbstub.linux.types.Reasons;

/** A pool with a worker that has a work that somebody awaits, one that waits and one held back. */
class WorkPoolsTest {
  private static final String TYPES =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      struct hlist_head {
        struct hlist_node *first;
      };
      struct hlist_node {
        struct hlist_node *next;
        struct hlist_node **pprev;
      };
      struct xarray {
        unsigned long xa_flags;
        void *xa_head;
      };
      struct xa_node {
        unsigned long shift;
        void *slots[4];
      };
      struct idr {
        struct xarray idr_rt;
      };
      struct counter {
        long counter;
      };
      struct completion {
        unsigned long done;
      };
      struct work_struct {
        struct counter data;
        struct list_head entry;
        void *func;
      };
      struct wq_barrier {
        struct work_struct work;
        struct completion done;
        void *task;
      };
      struct workqueue_attrs {
        int nice;
      };
      struct wq_flusher {
        struct list_head list;
        struct completion done;
      };
      struct workqueue_struct {
        struct list_head pwqs;
        struct list_head list;
        struct wq_flusher *first_flusher;
        struct list_head flusher_queue;
        struct list_head flusher_overflow;
        char name[24];
      };
      struct pool_workqueue {
        void *pool;
        struct workqueue_struct *wq;
        struct list_head inactive_works;
        struct list_head pwqs_node;
      };
      struct worker {
        struct hlist_node hentry;
        struct work_struct *current_work;
        void *current_func;
        struct pool_workqueue *current_pwq;
        struct list_head scheduled;
        void *task;
      };
      struct worker_pool {
        int cpu;
        int id;
        unsigned long watchdog_ts;
        struct list_head worklist;
        int nr_workers;
        int nr_idle;
        struct hlist_head busy_hash[2];
        struct workqueue_attrs *attrs;
      };
      """;

  private static final long FUNCTION = 0xffff_ffff_8100_0000L;
  private static final long BARRIER = FUNCTION + 0x100;
  private static final long WORKER = 0xffff_8881_0000_1000L;
  private static final long FLUSHER = 0xffff_8881_0000_2000L;

  private final MadeKernel kernel = new MadeKernel(TYPES);
  private final Reasons reasons = new Reasons();
  private final Made pool = kernel.object("worker_pool");
  private final Made queue = kernel.object("workqueue_struct").set("name", "lab_wq");
  private final Made part = kernel.object("pool_workqueue").set("wq", queue).set("pool", pool);
  private final Made work = kernel.object("work_struct").set("func", FUNCTION);
  private final Made waiting = kernel.object("work_struct").set("func", FUNCTION + 1);
  private final Made heldBack = kernel.object("work_struct").set("func", FUNCTION + 2);
  private final Made barrier = kernel.object("wq_barrier");
  private final Made flusher = kernel.object("wq_flusher");

  @BeforeEach
  void makeOne() {
    Made tree = kernel.variable("worker_pool_idr", "idr");
    tree.set("idr_rt.xa_head", pool);
    kernel.symbol("wq_barrier_func", BARRIER);
    Made queues = kernel.variable("workqueues", "list_head");
    kernel.list(queues.address(), "list", queue);
    kernel.list(queue.at("pwqs"), "pwqs_node", part);
    kernel.list(queue.at("flusher_queue"), "list");
    kernel.list(queue.at("flusher_overflow"), "list");
    kernel.list(part.at("inactive_works"), "entry", heldBack);
    Made worker = kernel.object("worker").set("task", WORKER).set("current_pwq", part);
    worker.set("current_work", work).set("current_func", FUNCTION);
    kernel.word(barrier.at("work.func"), BARRIER);
    barrier.set("task", FLUSHER);
    // The barrier is the only one on the worker's own list.
    kernel.list(worker.at("scheduled"), "work.entry", barrier);
    kernel.hlist(pool.at("busy_hash") + Long.BYTES, "hentry", worker);
    // WORK_STRUCT_PENDING and WORK_STRUCT_PWQ.
    waiting.set("data", part.address() | 5);
    kernel.list(pool.at("worklist"), "entry", waiting);
    pool.set("attrs", kernel.object("workqueue_attrs").set("nice", -20));
    pool.set("cpu", 1).set("id", 3).set("watchdog_ts", 4711).set("nr_workers", 2).set("nr_idle", 1);
  }

  private List<Pool> busy() throws Exception {
    return new WorkPools(kernel.memory(), reasons).busy();
  }

  @Test
  void tellsWhatIsDoneAndWhatWaits() throws Exception {
    assertThat(busy())
        .containsExactly(
            new Pool(
                pool.address(),
                3,
                OptionalInt.of(1),
                OptionalInt.of(-20),
                2,
                1,
                OptionalLong.of(4711),
                List.of(
                    new Running(
                        WORKER,
                        work.address(),
                        FUNCTION,
                        Optional.of("lab_wq"),
                        OptionalLong.empty(),
                        List.of(FLUSHER))),
                List.of(
                    new Pending(
                        waiting.address(),
                        FUNCTION + 1,
                        Optional.of("lab_wq"),
                        false,
                        OptionalLong.empty()),
                    new Pending(
                        heldBack.address(),
                        FUNCTION + 2,
                        Optional.of("lab_wq"),
                        true,
                        OptionalLong.empty()))));
    assertThat(reasons.all()).isEmpty();
  }

  @Test
  void aPoolOfNoCpuIsOfAny() throws Exception {
    pool.set("cpu", -1).set("attrs", 0);

    assertThat(busy()).singleElement().extracting(Pool::cpu).isEqualTo(OptionalInt.empty());
  }

  @Test
  void onesWithNothingToDoAreLeftOut() throws Exception {
    kernel.list(pool.at("worklist"), "entry");
    kernel.list(part.at("inactive_works"), "entry");
    kernel.word(pool.at("busy_hash") + Long.BYTES, 0);

    assertThat(busy()).isEmpty();
  }

  @Test
  void whoAwaitsAWholeQueueIsTold() throws Exception {
    assertThat(new WorkPools(kernel.memory(), reasons).flushes()).isEmpty();

    queue.set("first_flusher", flusher);
    assertThat(new WorkPools(kernel.memory(), reasons).flushes())
        .containsExactly(new Flush("lab_wq", List.of(flusher.at("done"))));
  }

  @Test
  void aListThatLeadsOutOfTheDumpIsTold() throws Exception {
    kernel.word(waiting.at("entry"), MadeKernel.BASE - 0x1000);

    assertThat(busy()).singleElement().extracting(one -> one.pending().size()).isEqualTo(2);
    assertThat(reasons.all()).isNotEmpty();
  }
}
