package org.vmcore.gdbstub.linux.irq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeMemory;
import org.vmcore.gdbstub.linux.irq.Interrupts.Interrupt;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.MadeTypes.Placed;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Interrupts of machines of old kernels, with the members where those had them. */
class InterruptsTest {
  private static final long BASE = 0xffff880006800000L;
  private static final long VARIABLES = BASE;
  private static final long POINTERS = BASE + 0x100;
  private static final long DESCRIPTORS = BASE + 0x1000;
  private static final long CHIP = BASE + 0x2000;
  private static final long ACTION = BASE + 0x2100;
  private static final long COUNTS = BASE + 0x2200;
  private static final long TEXT = BASE + 0x2300;

  /** As /proc/interrupts of that machine had it. */
  private static final long TIMER_INTERRUPT = 0xffffffff8100e7a0L;

  private final MadeMemory memory = MadeMemory.at(BASE, 0x3000, 8);

  private TypedMemory typed(MadeTypes types, Map<String, Long> symbols) {
    return new TypedMemory(
        memory.memory(),
        new KernelTypes(types, () -> Map.of("base", TypeTable.ofNumbers(Long.BYTES))),
        names -> symbols);
  }

  private static MadeTypes common() {
    MadeTypes types = new MadeTypes(Long.BYTES);
    types.declare("irq_chip");
    types.define("irq_chip", 144, List.of(new Placed("name", text(types), 0)));
    return types;
  }

  private static TypeRef text(MadeTypes types) {
    return types.pointerTo(types.text(0));
  }

  /**
   * Linux 2.6.32 with CONFIG_SPARSE_IRQ: an array of pointers, the chip and the mask of CPUs in the
   * descriptor, and an array of counts of which a legacy interrupt has its part.
   */
  @Test
  void linux2632() throws Exception {
    MadeTypes types = common();
    TypeRef chip = types.declare("irq_chip");
    types.define("irq_chip", 144, List.of(new Placed("name", text(types), 0)));
    TypeRef action = types.declare("irqaction");
    types.define(
        "irqaction",
        80,
        List.of(
            new Placed("handler", types.word(), 0),
            new Placed("name", text(types), 16),
            new Placed("next", types.pointerTo(action), 32)));
    types.declare("irq_desc");
    types.define(
        "irq_desc",
        192,
        List.of(
            new Placed("kstat_irqs", types.pointerTo(types.unsignedInteger()), 8),
            new Placed("chip", types.pointerTo(chip), 24),
            new Placed("action", types.pointerTo(action), 56),
            new Placed("name", text(types), 160)));
    memory
        .word(VARIABLES, POINTERS)
        .int32(VARIABLES + 8, 3)
        .word(POINTERS, DESCRIPTORS)
        .word(POINTERS + 16, DESCRIPTORS + 192)
        .word(DESCRIPTORS + 8, COUNTS)
        .word(DESCRIPTORS + 24, CHIP)
        .word(DESCRIPTORS + 56, ACTION)
        .word(DESCRIPTORS + 160, TEXT + 32)
        .word(ACTION, TIMER_INTERRUPT)
        .word(ACTION + 16, TEXT + 16)
        .word(CHIP, TEXT)
        .text(TEXT, "IO-APIC")
        .text(TEXT + 16, "timer")
        .text(TEXT + 32, "edge")
        .int32(COUNTS, 955)
        .int32(COUNTS + 4, 12);
    TypedMemory typed =
        typed(
            types,
            Map.of(
                "irq_desc_ptrs", VARIABLES, "nr_irqs", VARIABLES + 8, "kstat_irqs_legacy", COUNTS));

    List<Interrupt> interrupts = Interrupts.read(typed).all();

    assertThat(interrupts).extracting(Interrupt::number).containsExactly(0L, 2L);
    Interrupt timer = interrupts.get(0);
    assertThat(timer.problem()).isEmpty();
    assertThat(timer.chip()).isEqualTo(Optional.of("IO-APIC"));
    assertThat(timer.actions())
        .containsExactly(new Interrupts.Action(ACTION, "timer", TIMER_INTERRUPT));
    InterruptUse use = new InterruptUse(typed);
    assertThat(use.counts(timer, List.of(0, 1))).containsExactly(955L, 12L);
    assertThat(use.flow(timer)).isEqualTo(Optional.of("edge"));
  }

  @Test
  void aMissingMemberIsNamedInAllItsForms() throws Exception {
    MadeTypes types = common();
    types.declare("irq_desc");
    types.define("irq_desc", 192, List.of(new Placed("name", text(types), 160)));
    memory.word(VARIABLES, POINTERS).int32(VARIABLES + 8, 1).word(POINTERS, DESCRIPTORS);

    List<Interrupt> interrupts =
        Interrupts.read(typed(types, Map.of("irq_desc_ptrs", VARIABLES, "nr_irqs", VARIABLES + 8)))
            .all();

    assertThat(interrupts.get(0).problem().orElseThrow())
        .endsWith("has no member 'irq_data.chip' (since 2.6.37) or 'chip'");
  }
}
