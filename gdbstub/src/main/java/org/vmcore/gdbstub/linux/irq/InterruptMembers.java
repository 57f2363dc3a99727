package org.vmcore.gdbstub.linux.irq;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What {@code struct irq_desc} (Linux include/linux/irqdesc.h; include/linux/irq.h before 2.6.39)
 * has called what is read of it. {@code action}, {@code name} and {@code kstat_irqs} are as in
 * 2.6.32, as are {@code next}, {@code name} and {@code handler} of a {@code struct irqaction}
 * (include/linux/interrupt.h) and {@code name} of a {@code struct irq_chip}.
 */
final class InterruptMembers {
  /** What delivers the interrupt. */
  static final MemberHistory CHIP =
      MemberHistory.named("chip").since("2.6.37", "irq_data.chip", "");

  /** A mask, an array of one or a pointer to one, by the kernel's number of CPUs. */
  static final MemberHistory AFFINITY =
      MemberHistory.named("affinity")
          .since("2.6.37", "irq_data.affinity", "")
          .since(
              "4.3",
              "irq_common_data.affinity",
              "9df872faa7e1, \"genirq: Move field 'affinity' from irq_data into"
                  + " irq_common_data\"");

  /** Of what {@code kstat_irqs} points to, which was the number itself before. */
  static final MemberHistory COUNT =
      MemberHistory.added(
          "6.10", "cnt", "86d2a2f51fba, \"genirq: Convert kstat_irqs to a struct\"");

  private InterruptMembers() {}
}
