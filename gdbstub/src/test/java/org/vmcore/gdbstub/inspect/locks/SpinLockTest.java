package org.vmcore.gdbstub.inspect.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.locks.SpinLock.Spinning;

class SpinLockTest {
  private static Spinning spins(int cpu, int behind) {
    return new Spinning(
        cpu, Optional.empty(), "", behind < 0 ? OptionalInt.empty() : OptionalInt.of(behind));
  }

  private static List<Integer> order(int last, Spinning... waiting) {
    return SpinLock.inOrder(
            List.of(waiting), last < 0 ? OptionalInt.empty() : OptionalInt.of(last))
        .stream()
        .map(Spinning::cpu)
        .toList();
  }

  /** CPU 2 waits by the lock's pending bit; CPU 3 came next, and CPU 1 last. */
  @Test
  void whoWaitsOutsideTheQueueIsFirst() {
    assertThat(order(1, spins(1, -1), spins(2, -1), spins(3, 1))).containsExactly(2, 3, 1);
  }

  @Test
  void oneAloneWaitsWithoutAQueue() {
    assertThat(order(-1, spins(4, -1))).containsExactly(4);
  }

  /** A queue that is torn or turns back ends, and nobody is lost. */
  @Test
  void aQueueThatIsTornEnds() {
    assertThat(order(1, spins(1, 2), spins(2, 1), spins(3, -1))).containsExactly(3, 2, 1);
    assertThat(order(9, spins(1, 2), spins(2, -1))).containsExactly(1, 2);
  }
}
