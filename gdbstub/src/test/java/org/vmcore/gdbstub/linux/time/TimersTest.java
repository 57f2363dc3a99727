package org.vmcore.gdbstub.linux.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The wheels of a CPU as Linux 3.10 had them on i386, behind a pointer. */
class TimersTest {
  private static final long BASE = 0xc12bd000L;

  /** boot_tvec_bases of that machine. */
  private static final long WHEELS = 0xc12bdf60L;

  private static final long VARIABLE = BASE;
  private static final long FIRST_TIMER = BASE + 0x100;
  private static final long SECOND_TIMER = BASE + 0x140;
  private static final long FUNCTION = 0xc1043210L;
  private static final int TV1 = 20;
  private static final int TV2 = 2068;

  private final MadeMemory memory = MadeMemory.at(BASE, 0x3000, 4);

  private TypedMemory typed() {
    MadeTypes types = new MadeTypes(4);
    TypeRef list = types.list();
    types.declare("timer_list");
    types.define(
        "timer_list",
        52,
        List.of(
            new Placed("entry", list, 0),
            new Placed("expires", types.word(), 8),
            new Placed("function", types.word(), 16)));
    TypeRef small = types.declare("tvec_root");
    types.define("tvec_root", 2048, List.of(new Placed("vec", types.array(list, 256), 0)));
    TypeRef large = types.declare("tvec");
    types.define("tvec", 512, List.of(new Placed("vec", types.array(list, 64), 0)));
    types.declare("tvec_base");
    types.define(
        "tvec_base",
        4128,
        List.of(
            new Placed("tv1", small, TV1),
            new Placed("tv2", large, TV2),
            new Placed("tv3", large, 2580),
            new Placed("tv4", large, 3092),
            new Placed("tv5", large, 3604)));
    return new TypedMemory(
        memory.memory(), KernelTypes.of(types), names -> Map.of("tvec_bases", VARIABLE));
  }

  private void list(long head, long entry) {
    memory.word(head, entry).word(entry + 4, head).word(entry, head).word(head + 4, entry);
  }

  @Test
  void linux310OnI386() throws Exception {
    memory.word(VARIABLE, WHEELS);
    for (long head = WHEELS + TV1; head < WHEELS + 4116; head += 8) {
      memory.word(head, head).word(head + 4, head);
    }
    list(WHEELS + TV1 + 8 * 200, SECOND_TIMER);
    list(WHEELS + TV2 + 8 * 3, FIRST_TIMER);
    // Jiffies begin five minutes before they wrap.
    memory
        .word(FIRST_TIMER + 8, 0xfffffe10L)
        .word(FIRST_TIMER + 16, FUNCTION)
        .word(SECOND_TIMER + 8, 0xffffff10L)
        .word(SECOND_TIMER + 16, FUNCTION);

    List<Timers.Base> bases = Timers.read(typed(), List.of(0));

    assertThat(bases).hasSize(1);
    assertThat(bases.get(0).address()).isEqualTo(WHEELS);
    assertThat(bases.get(0).problem()).isEmpty();
    assertThat(bases.get(0).timers())
        .containsExactly(
            new Timers.Timer(FIRST_TIMER, 0xfffffe10L, FUNCTION),
            new Timers.Timer(SECOND_TIMER, 0xffffff10L, FUNCTION));
  }
}
