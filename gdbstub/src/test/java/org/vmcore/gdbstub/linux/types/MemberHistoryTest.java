package org.vmcore.gdbstub.linux.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;

class MemberHistoryTest {
  private static final long OBJECT = 0x1000;

  private static final MemberHistory STATE =
      MemberHistory.named("state").since("5.14", "__state", "2f064a59a11f");

  /** A union with the number in it, which became that number. */
  private static final MemberHistory OFFSET =
      MemberHistory.named("offset.tv64").since("4.10", "offset", "2456e8553544");

  private static KernelObject task(MadeTypes types, List<Placed> members) throws Exception {
    types.declare("task_struct");
    types.define("task_struct", 64, members);
    MadeMemory memory =
        MadeMemory.at(OBJECT, 0x100, 8).int64(OBJECT, 7).int64(OBJECT + 8, 8).int64(OBJECT + 16, 9);
    return new TypedMemory(memory.memory(), KernelTypes.of(types), names -> Map.of())
        .object("struct task_struct", OBJECT);
  }

  @Test
  void theFormThatAKernelHasIsTaken() throws Exception {
    MadeTypes old = new MadeTypes(8);
    MadeTypes now = new MadeTypes(8);

    assertThat(STATE.in(task(old, List.of(new Placed("state", old.word(), 8)))).value())
        .isEqualTo(8);
    assertThat(STATE.in(task(now, List.of(new Placed("__state", now.word(), 16)))).value())
        .isEqualTo(9);
  }

  /** As in kernels that distributions took changes back to. */
  @Test
  void theNewestOfSeveralCounts() throws Exception {
    MadeTypes both = new MadeTypes(8);
    List<Placed> members =
        List.of(new Placed("state", both.word(), 0), new Placed("__state", both.word(), 16));

    assertThat(STATE.in(task(both, members)).value()).isEqualTo(9);
  }

  @Test
  void whatGoesOnIntoAUnionIsNoNumberYet() throws Exception {
    MadeTypes union = new MadeTypes(8);
    TypeRef time = union.declare("ktime");
    union.define("ktime", 8, List.of(new Placed("tv64", union.word(), 0)));
    MadeTypes number = new MadeTypes(8);

    assertThat(OFFSET.in(task(union, List.of(new Placed("offset", time, 8)))).value()).isEqualTo(8);
    assertThat(OFFSET.in(task(number, List.of(new Placed("offset", number.word(), 8)))).value())
        .isEqualTo(8);
  }

  @Test
  void whatIsMissingIsNamedInAllItsForms() throws Exception {
    MadeTypes types = new MadeTypes(8);
    KernelObject task = task(types, List.of(new Placed("pid", types.integer(), 0)));

    assertThat(STATE.isIn(task)).isFalse();
    assertThatThrownBy(() -> STATE.in(task))
        .isInstanceOf(KernelReadException.class)
        .hasMessageEndingWith("has no member '__state' (since 5.14) or 'state'");
  }
}
