package org.vmcore.gdbstub.linux.hang;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.hang.RcuProgress.GracePeriod;
import org.vmcore.gdbstub.linux.types.Reasons;

/** A root with two leaves: CPUs 0 to 15, and 16 on. */
class RcuProgressTest {
  private static final String TYPES =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      struct task_struct {
        unsigned long pid;
        struct list_head rcu_node_entry;
      };
      struct rcu_node {
        unsigned long qsmask;
        unsigned long expmask;
        int grplo;
        int level;
        struct list_head blkd_tasks;
        struct list_head *gp_tasks;
        struct list_head *exp_tasks;
      };
      struct rcu_state {
        struct rcu_node node[3];
        unsigned long gp_seq;
        unsigned long expedited_sequence;
        unsigned long gp_start;
        unsigned long gp_activity;
      };
      struct rcu_segcblist {
        long len;
      };
      struct rcu_data {
        struct rcu_segcblist cblist;
      };
      struct number {
        int value;
      };
      """;

  private final MadeKernel kernel = new MadeKernel(TYPES);
  private final Made state = kernel.variable("rcu_state", "rcu_state");
  private final Reasons reasons = new Reasons();

  RcuProgressTest() {
    kernel.variable("rcu_num_nodes", "number").set("value", 3);
    kernel.variable("rcu_num_lvls", "number").set("value", 2);
    state.set("gp_start", 100).set("gp_activity", 200);
    for (int i = 0; i < 3; i++) {
      kernel.word(node(i, 2), i == 2 ? 16L | 1L << 32 : (long) Math.min(i, 1) << 32);
      kernel.list(node(i, 3), "rcu_node_entry");
    }
  }

  /** The address of a word of a node; two ints lie in one word. */
  private long node(int node, int word) {
    return state.address() + (node * 7L + word) * Long.BYTES;
  }

  private RcuProgress read() throws Exception {
    return RcuProgress.read(kernel.memory(), List.of(0), reasons);
  }

  /** The lowest two bits of the sequence are the state (Linux kernel/rcu/rcu.h). */
  @Test
  void waitsForTheCpusOfTheLeaves() throws Exception {
    state.set("gp_seq", -611);
    kernel.word(node(0, 0), 3);
    kernel.word(node(1, 0), 2);
    kernel.word(node(2, 0), 0x8001);

    assertThat(read().normal())
        .isEqualTo(
            new GracePeriod(
                true,
                -611,
                OptionalLong.of(100),
                OptionalLong.of(200),
                List.of(1, 16, 31),
                List.of()));
    assertThat(read().expedited().inProgress()).isFalse();
  }

  @Test
  void noneIsInProgressWhoseStateIsZero() throws Exception {
    state.set("gp_seq", -612);
    kernel.word(node(1, 0), 2);

    assertThat(read().normal().inProgress()).isFalse();
    assertThat(read().normal().cpus()).isEmpty();
  }

  /** From the one that the node points at to the list's end; those before it block a later one. */
  @Test
  void tasksThatWerePreemptedBlockFromOneOn() throws Exception {
    state.set("gp_seq", 1).set("expedited_sequence", 5);
    Made later = kernel.object("task_struct");
    Made first = kernel.object("task_struct");
    Made second = kernel.object("task_struct");
    kernel.list(node(1, 3), "rcu_node_entry", later, first, second);
    kernel.word(node(1, 5), first.at("rcu_node_entry"));
    kernel.word(node(1, 6), second.at("rcu_node_entry"));

    assertThat(read().normal().tasks()).containsExactly(first.address(), second.address());
    assertThat(read().expedited().tasks()).containsExactly(second.address());
  }

  @Test
  void countsCallbacks() throws Exception {
    kernel.variable("rcu_data", "rcu_data").set("cblist", 0);
    kernel.word(kernel.memory().address("rcu_data").orElseThrow(), 42);

    assertThat(read().callbacks()).isEqualTo(Map.of(0, 42L));
  }

  @Test
  void aListThatLeadsOutOfTheDumpIsTold() throws Exception {
    state.set("gp_seq", 1);
    kernel.word(node(1, 5), MadeKernel.BASE - 0x1000);

    assertThat(read().normal().inProgress()).isTrue();
    assertThat(reasons.all()).isNotEmpty();
  }
}
