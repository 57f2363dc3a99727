package org.vmcore.gdbstub.linux.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;

/** States as include/linux/sched.h has had them. */
class TaskStatesTest {
  private final TaskStates states =
      TaskStates.of(new MadeKernel("struct none { int x; };").memory());

  /** Waits for a spinlock of PREEMPT_RT; the kernel's own words of it are "D (disk sleep)". */
  @Test
  void whoWaitsForASleepingSpinlockIsUninterruptible() {
    assertThat(states.of(0x1000, 0)).isEqualTo(TaskState.UNINTERRUPTIBLE);
  }

  @Test
  void bitsThatOnlyModifyAStateAreNone() {
    assertThat(states.of(0x2001, 0)).isEqualTo(TaskState.INTERRUPTIBLE);
    assertThat(states.of(0x402, 0)).isEqualTo(TaskState.IDLE);
    assertThat(states.of(0x102, 0)).isEqualTo(TaskState.UNINTERRUPTIBLE);
  }

  @Test
  void whatHasEndedIsNothingElse() {
    assertThat(states.of(0x80, 0x20)).isEqualTo(TaskState.ZOMBIE);
    assertThat(states.of(0x80, 0x10)).isEqualTo(TaskState.DEAD);
  }
}
