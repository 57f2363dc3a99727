package org.vmcore.gdbstub.inspect.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.locks.WaitKind;
import org.vmcore.gdbstub.linux.tasks.TaskState;

class WaitGraphTest {
  /** Task {@code pid} waits for task {@code owner}, if that is not 0, for so long. */
  private static Waiting waits(int pid, int owner, long milliseconds, boolean reader) {
    return new Waiting(
        pid,
        pid * 16L,
        "t" + pid,
        TaskState.UNINTERRUPTIBLE,
        WaitKind.MUTEX,
        OptionalLong.of(0x1000L + owner),
        Optional.empty(),
        owner == 0
            ? Optional.empty()
            : Optional.of(new Waiting.Owner(owner, owner * 16L, "t" + owner, reader)),
        List.of(),
        "",
        "",
        OptionalLong.of(milliseconds));
  }

  private static Waiting waits(int pid, int owner, long milliseconds) {
    return waits(pid, owner, milliseconds, false);
  }

  private static List<List<Integer>> circles(Waiting... all) {
    return new WaitGraph(List.of(all))
        .deadlocks().stream().map(circle -> circle.stream().map(Waiting::pid).toList()).toList();
  }

  @Test
  void circlesAreFoundOnceAndWithoutThoseBehindThem() {
    assertThat(circles(waits(1, 2, 9), waits(2, 1, 8), waits(3, 1, 7)))
        .containsExactly(List.of(1, 2));
    assertThat(circles(waits(3, 1, 9), waits(1, 2, 8), waits(2, 1, 7)))
        .containsExactly(List.of(1, 2));
    assertThat(circles(waits(1, 1, 9))).containsExactly(List.of(1));
    assertThat(circles(waits(1, 2, 9), waits(2, 3, 8), waits(3, 4, 7), waits(4, 2, 6)))
        .containsExactly(List.of(2, 3, 4));
    assertThat(circles(waits(1, 2, 9), waits(2, 3, 8))).isEmpty();
    assertThat(circles(waits(1, 0, 9))).isEmpty();
  }

  /** Who read last may have given it back, and then waits for something else. */
  @Test
  void aReaderMakesNoCircle() {
    assertThat(circles(waits(1, 2, 9, true), waits(2, 1, 8))).isEmpty();
  }

  @Test
  void allThatWaitForSomebodyStandBelowWhoHasIt() {
    WaitGraph graph =
        new WaitGraph(List.of(waits(1, 9, 1), waits(2, 1, 5), waits(3, 2, 7), waits(4, 0, 3)));
    Map<Waiting.Owner, List<Waiting>> roots = graph.byRoot();
    assertThat(roots).hasSize(1);
    assertThat(roots.keySet().iterator().next().pid()).isEqualTo(9);
    assertThat(roots.values().iterator().next()).extracting(Waiting::pid).containsExactly(3, 2, 1);
    assertThat(graph.depth(waits(3, 2, 7))).isEqualTo(2);
    assertThat(graph.all()).extracting(Waiting::pid).containsExactly(3, 2, 4, 1);
  }

  @Test
  void nobodyIsBelowACircle() {
    assertThat(new WaitGraph(List.of(waits(1, 2, 9), waits(2, 1, 8), waits(3, 1, 7))).byRoot())
        .isEmpty();
  }
}
