package org.vmcore.gdbstub.linux.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;

/** Words of locks, and the nodes that the CPUs of a queue wait with. */
class QueuedSpinLockTest {
  private static final int CPUS = 4;

  private static final String TYPES =
      """
      struct mcs_spinlock {
        struct mcs_spinlock *next;
        int locked;
        int count;
      };
      struct qnode {
        struct mcs_spinlock mcs;
      };
      struct nodes {
        struct qnode node0;
        struct qnode node1;
        struct qnode node2;
        struct qnode node3;
      };
      struct number {
        int value;
      };
      """;

  /** The tail is the CPU plus one from bit 18 on, and the node in bits 16 and 17. */
  @ParameterizedTest
  @CsvSource({
    // word, can be one, held, last CPU
    "0x00000000, false, false, ",
    "0x00000001, true, true, ",
    "0x00000101, true, true, ",
    "0x00000100, true, false, ",
    "0x00040001, true, true, 0",
    "0x00100003, true, true, 3",
    "0x000d0101, true, true, 2",
    "0x00140001, false, true, 4",
    "0x00000002, false, true, ",
    "0x00000201, false, true, ",
    "0xffffffff, false, true, 16382",
  })
  void wordsAreOfThreeParts(String word, boolean plausible, boolean held, Integer last) {
    QueuedSpinLock lock = new QueuedSpinLock(Long.decode(word).intValue());

    assertThat(lock.isPlausible(CPUS)).isEqualTo(plausible);
    assertThat(lock.isHeld()).isEqualTo(held);
    assertThat(lock.lastCpu()).isEqualTo(last == null ? OptionalInt.empty() : OptionalInt.of(last));
  }

  @Test
  void theLastOfAQueueWeighsMoreThanAnyCopies() {
    MadeKernel kernel = new MadeKernel(TYPES);
    long ids = kernel.object("number").set("value", CPUS).address();
    kernel.symbol("nr_cpu_ids", ids);
    Made held = kernel.object("number").set("value", 1);
    Made queued = kernel.object("number").set("value", 0x000c_0001);

    assertThat(QueuedSpinLock.weight(kernel.memory(), held.address(), 2, 3)).isEqualTo(3);
    assertThat(QueuedSpinLock.weight(kernel.memory(), queued.address(), 2, 1)).isGreaterThan(3);
    assertThat(QueuedSpinLock.weight(kernel.memory(), queued.address(), 1, 1)).isEqualTo(1);
    assertThat(QueuedSpinLock.weight(kernel.memory(), held.address() + 2, 2, 9)).isZero();
    assertThat(QueuedSpinLock.weight(kernel.memory(), MadeKernel.BASE - 8, 2, 9)).isZero();
    assertThat(QueuedSpinLock.weight(kernel.memory(), 1, 2, 9)).isZero();
  }

  /** CPU 0's second node, as of an interrupt that came while it waited, leads to CPU 2's first. */
  @Test
  void nodesLeadToTheCpuBehind() throws Exception {
    MadeKernel kernel = new MadeKernel(TYPES);
    kernel.symbol("nr_cpu_ids", kernel.object("number").set("value", 3).address());
    Made[] nodes = {kernel.object("nodes"), kernel.object("nodes"), kernel.object("nodes")};
    kernel.symbol("qnodes", nodes[0].address());
    kernel.words(
        "__per_cpu_offset",
        0,
        nodes[1].address() - nodes[0].address(),
        nodes[2].address() - nodes[0].address());
    nodes[0].set("node0.mcs.count", 2);
    kernel.word(nodes[0].at("node1.mcs.next"), nodes[2].at("node0"));
    nodes[2].set("node0.mcs.count", 1);

    assertThat(QueuedSpinLock.behind(kernel.memory(), 0)).hasValue(2);
    assertThat(QueuedSpinLock.behind(kernel.memory(), 1)).isEmpty();
    assertThat(QueuedSpinLock.behind(kernel.memory(), 2)).isEmpty();

    kernel.word(nodes[0].at("node1.mcs.next"), MadeKernel.BASE - 8);
    assertThat(QueuedSpinLock.behind(kernel.memory(), 0)).isEmpty();
  }
}
