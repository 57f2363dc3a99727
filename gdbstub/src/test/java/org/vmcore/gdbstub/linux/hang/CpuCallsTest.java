package org.vmcore.gdbstub.linux.hang;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.hang.CpuCalls.Call;
import org.vmcore.gdbstub.linux.hang.CpuCalls.Kind;
import org.vmcore.gdbstub.linux.types.Reasons;

/** Two CPUs: on the queue of the second are a call, an irq_work and a task to be woken. */
class CpuCallsTest {
  private static final String TYPES =
      """
      struct llist_node {
        struct llist_node *next;
      };
      struct llist_head {
        struct llist_node *first;
      };
      struct __call_single_node {
        struct llist_node llist;
        unsigned int u_flags;
        int src;
      };
      struct __call_single_data {
        struct __call_single_node node;
        void *func;
      };
      struct irq_work {
        struct __call_single_node node;
        void *func;
      };
      struct task_struct {
        unsigned long pid;
        struct __call_single_node wake_entry;
      };
      struct call_function_data {
        struct __call_single_data *csd;
      };
      """;

  private static final long FUNCTION = 0xffff_ffff_8100_0000L;

  private final MadeKernel kernel = new MadeKernel(TYPES);
  private final Reasons reasons = new Reasons();
  private final Made[] queues = {kernel.object("llist_head"), kernel.object("llist_head")};
  private final Made call = kernel.object("__call_single_data").set("func", FUNCTION);
  private final Made work = kernel.object("irq_work").set("func", FUNCTION + 1);
  private final Made task = kernel.object("task_struct");

  @BeforeEach
  void makeQueue() {
    kernel.symbol("call_single_queue", queues[0].address());
    kernel.words("__per_cpu_offset", 0, queues[1].address() - queues[0].address());
    kernel.word(queues[1].address(), call.at("node.llist"));
    kernel.word(call.at("node.llist"), work.at("node.llist"));
    kernel.word(work.at("node.llist"), task.at("wake_entry.llist"));
    // CSD_FLAG_LOCK, CSD_TYPE_IRQ_WORK and CSD_TYPE_TTWU (Linux include/linux/smp_types.h).
    kernel.word(call.at("node.u_flags"), 0x11);
    kernel.word(work.at("node.u_flags"), 0x20 | 1L << 32);
    kernel.word(task.at("wake_entry.u_flags"), 0x30);
  }

  private List<Call> unanswered() {
    return CpuCalls.unanswered(kernel.memory(), List.of(0, 1), reasons);
  }

  private Call queued() {
    return new Call(1, OptionalInt.of(0), Kind.CALL, call.address(), FUNCTION);
  }

  @Test
  void queuesHaveThreeKinds() {
    assertThat(unanswered())
        .containsExactly(
            queued(),
            new Call(1, OptionalInt.of(1), Kind.IRQ_WORK, work.address(), FUNCTION + 1),
            new Call(1, OptionalInt.of(0), Kind.WAKE_UP, task.address(), 0));
  }

  /** A call that is locked is under way, though the queue does not have it any more. */
  @Test
  void whatACpuAskedOfSeveralIsTold() {
    kernel.word(queues[1].address(), 0);
    Made[] calls = {
      kernel.object("__call_single_data"), kernel.object("__call_single_data").set("func", FUNCTION)
    };
    kernel.word(calls[1].at("node.u_flags"), 1);
    Made asked = kernel.object("call_function_data");
    kernel.symbol("cfd_data", asked.address());
    // Each CPU's call lies as far from the other's as its queue.
    long offset = queues[1].address() - queues[0].address();
    asked.set("csd", calls[1].address() - offset);

    assertThat(unanswered())
        .contains(new Call(1, OptionalInt.of(0), Kind.CALL, calls[1].address(), FUNCTION));
  }

  @Test
  void aQueueThatRunsInACircleEnds() {
    kernel.word(task.at("wake_entry.llist"), call.at("node.llist"));

    assertThat(unanswered()).hasSize(3);
  }

  @Test
  void oneThatLeadsOutOfTheDumpIsTold() {
    kernel.word(call.at("node.llist"), MadeKernel.BASE - 0x1000);

    assertThat(unanswered()).containsExactly(queued());
    assertThat(reasons.all()).isNotEmpty();
  }

  @Test
  void thereAreNoneWithoutSmp() {
    assertThat(CpuCalls.unanswered(new MadeKernel(TYPES).memory(), List.of(0), reasons)).isEmpty();
  }
}
