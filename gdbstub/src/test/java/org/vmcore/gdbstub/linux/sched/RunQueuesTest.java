package org.vmcore.gdbstub.linux.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.sched.RunQueues.RunQueue;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;

/** Two CPUs of Linux 6.1 that tasks wait for: CPU 1 of them in every class there is. */
class RunQueuesTest {
  private static final String COMMON =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      struct rb_node {
        unsigned long __rb_parent_color;
        struct rb_node *rb_right;
        struct rb_node *rb_left;
      };
      struct rb_root {
        struct rb_node *rb_node;
      };
      struct rb_root_cached {
        struct rb_root rb_root;
        struct rb_node *rb_leftmost;
      };
      struct rt_prio_array {
        unsigned long bitmap[2];
        struct list_head queue[100];
      };
      struct sched_entity {
        struct rb_node run_node;
        struct cfs_rq *my_q;
      };
      struct sched_rt_entity {
        struct list_head run_list;
        struct rt_rq *my_q;
      };
      struct sched_dl_entity {
        struct rb_node rb_node;
      };
      struct task_struct {
        int pid;
        int tgid;
        int prio;
        int cpu;
        unsigned int flags;
        unsigned int state;
        int exit_state;
        struct task_struct *real_parent;
        unsigned long mm;
        unsigned long stack;
        char comm[16];
        struct sched_entity se;
        struct sched_rt_entity rt;
        struct sched_dl_entity dl;
      };
      struct rt_rq {
        struct rt_prio_array active;
      };
      """;

  private static final String SINCE_4_14 =
      """
      struct cfs_rq {
        struct sched_entity *curr;
        struct rb_root_cached tasks_timeline;
      };
      struct dl_rq {
        struct rb_root_cached root;
      };
      struct rq {
        struct task_struct *curr;
        struct cfs_rq cfs;
        struct rt_rq rt;
        struct dl_rq dl;
      };
      """;

  private static final String BEFORE_3_14 =
      """
      struct cfs_rq {
        struct rb_root tasks_timeline;
      };
      struct rq {
        struct task_struct *curr;
        struct cfs_rq cfs;
        struct rt_rq rt;
      };
      """;

  private static final String FROM_3_14 =
      """
      struct cfs_rq {
        struct rb_root tasks_timeline;
      };
      struct dl_rq {
        struct rb_root rb_root;
        struct rb_node *rb_leftmost;
      };
      struct rq {
        struct task_struct *curr;
        struct cfs_rq cfs;
        struct rt_rq rt;
        struct dl_rq dl;
      };
      """;

  private final MadeKernel kernel = new MadeKernel(COMMON + SINCE_4_14);

  private static Made task(MadeKernel kernel, int pid, int priority, String name) {
    return kernel
        .object("task_struct")
        .set("pid", pid)
        .set("tgid", pid)
        .set("prio", priority)
        .set("comm", name);
  }

  private Made task(int pid, int priority, String name) {
    return task(kernel, pid, priority, name);
  }

  /** The queues of so many CPUs, with empty lists. */
  private static Made[] queues(MadeKernel kernel, int cpus) {
    Made[] queues = kernel.objects("rq", cpus);
    kernel.symbol("runqueues", 0);
    kernel.words("__per_cpu_offset", Arrays.stream(queues).mapToLong(Made::address).toArray());
    for (Made queue : queues) {
      emptyLists(kernel, queue.at("rt.active.queue"));
    }
    return queues;
  }

  private static void emptyLists(MadeKernel kernel, long first) {
    for (int priority = 0; priority < 100; priority++) {
      kernel.list(first + priority * 16L, "");
    }
  }

  private static List<RunQueue> read(MadeKernel kernel, Integer... cpus) throws Exception {
    return RunQueues.read(kernel.memory(), new Tasks(kernel.memory()), List.of(cpus));
  }

  @Test
  void eachClassOfTasksInItsOrder() throws Exception {
    Made[] queues = queues(kernel, 2);
    Made running = task(7, 120, "running");
    Made deadline = task(20, -1, "deadline");
    Made watchdog = task(21, 0, "watchdog");
    Made irq = task(22, 49, "irq/9");
    Made early = task(23, 120, "early");
    Made late = task(24, 130, "late");
    queues[1].set("curr", running).set("dl.root.rb_root.rb_node", deadline.at("dl.rb_node"));
    kernel.list(queues[1].at("rt.active.queue") + 49 * 16, "rt.run_list", irq);
    kernel.list(queues[1].at("rt.active.queue"), "rt.run_list", watchdog);
    queues[1].set("cfs.tasks_timeline.rb_root.rb_node", late.at("se.run_node"));
    late.set("se.run_node.rb_left", early.at("se.run_node"));

    RunQueue queue = read(kernel, 1).get(0);

    assertThat(queue.current()).map(Task::comm).contains("running");
    assertThat(queue.deadline())
        .extracting(one -> one.task().comm(), RunQueues.Queued::priority)
        .containsExactly(tuple("deadline", -1));
    assertThat(queue.realTime())
        .extracting(one -> one.task().comm(), RunQueues.Queued::priority)
        .containsExactly(tuple("watchdog", 0), tuple("irq/9", 49));
    assertThat(queue.fair())
        .extracting(one -> one.task().comm(), RunQueues.Queued::priority)
        .containsExactly(tuple("early", 120), tuple("late", 130));
    assertThat(queue.problem()).isEmpty();
    assertThat(queue.address()).isEqualTo(queues[1].address());
  }

  /**
   * A group that runs is in no tree, but others of it wait; one that waits stands for its tasks.
   */
  @Test
  void tasksOfGroupsAreWithThoseOutside() throws Exception {
    Made[] queues = queues(kernel, 1);
    Made ofRunning = task(30, 120, "of-running");
    Made ofWaiting = task(31, 120, "of-waiting");
    Made runningGroup = kernel.object("sched_entity").set("my_q", tree(ofRunning));
    Made waitingGroup = kernel.object("sched_entity").set("my_q", tree(ofWaiting));
    queues[0]
        .set("curr", task(7, 120, "running"))
        .set("cfs.curr", runningGroup)
        .set("cfs.tasks_timeline.rb_root.rb_node", waitingGroup.at("run_node"));

    assertThat(read(kernel, 0).get(0).fair())
        .extracting(one -> one.task().comm())
        .containsExactlyInAnyOrder("of-running", "of-waiting");
  }

  private Made tree(Made task) {
    return kernel.object("cfs_rq").set("tasks_timeline.rb_root.rb_node", task.at("se.run_node"));
  }

  /** As memory is after a stray write: what was found before counts, and the rest is told. */
  @Test
  void aTreeThatRunsInACircleEnds() throws Exception {
    Made[] queues = queues(kernel, 1);
    Made first = task(40, 120, "first");
    Made second = task(41, 120, "second");
    queues[0]
        .set("curr", task(7, 120, "running"))
        .set("cfs.tasks_timeline.rb_root.rb_node", first.at("se.run_node"));
    first.set("se.run_node.rb_right", second.at("se.run_node"));
    second.set("se.run_node.rb_right", first.at("se.run_node"));

    RunQueue queue = read(kernel, 0).get(0);

    assertThat(queue.fair()).extracting(one -> one.task().comm()).contains("first", "second");
    assertThat(queue.problem().orElseThrow()).contains("leads twice to");
  }

  /** Linux 3.10: the tree is the queue's own, and there is no class of deadlines. */
  @Test
  void beforeDeadlines() throws Exception {
    MadeKernel old = new MadeKernel(COMMON + BEFORE_3_14);
    Made[] queues = queues(old, 1);
    Made waiting = task(old, 50, 120, "waiting");
    queues[0]
        .set("curr", task(old, 7, 120, "running"))
        .set("cfs.tasks_timeline.rb_node", waiting.at("se.run_node"));

    RunQueue queue = read(old, 0).get(0);

    assertThat(queue.fair()).extracting(one -> one.task().comm()).containsExactly("waiting");
    assertThat(queue.deadline()).isEmpty();
    assertThat(queue.deadlineTree()).isZero();
  }

  /** Linux 3.16, whose first deadline is kept beside the tree. */
  @Test
  void deadlinesBefore4_14() throws Exception {
    MadeKernel old = new MadeKernel(COMMON + FROM_3_14);
    Made[] queues = queues(old, 1);
    Made deadline = task(old, 20, -1, "deadline");
    queues[0].set("curr", task(old, 7, 120, "running"));
    queues[0].set("dl.rb_root.rb_node", deadline.at("dl.rb_node"));

    assertThat(read(old, 0).get(0).deadline())
        .extracting(one -> one.task().comm())
        .containsExactly("deadline");
  }
}
