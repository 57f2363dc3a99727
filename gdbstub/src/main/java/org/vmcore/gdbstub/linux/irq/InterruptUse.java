package org.vmcore.gdbstub.linux.irq;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.irq.Interrupts.Interrupt;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** How often interrupts came, and where they may go (Linux include/linux/irqdesc.h). */
public final class InterruptUse {
  /** NR_SOFTIRQS, ten on every kernel since 2.6.32 (Linux include/linux/interrupt.h). */
  private static final int SOFTIRQS = 10;

  /** CONFIG_NR_CPUS is at most 8192 on every architecture. */
  private static final int MAX_CPUS = 8192;

  private final TypedMemory memory;
  private final PerCpu perCpu;

  public InterruptUse(TypedMemory memory) {
    this.memory = memory;
    this.perCpu = new PerCpu(memory);
  }

  /**
   * How often each of some CPUs took an interrupt, as /proc/interrupts counts.
   *
   * @throws KernelReadException when this kernel counts in another way
   */
  public List<Long> counts(Interrupt interrupt, List<Integer> cpus) throws KernelReadException {
    KernelObject pointer = descriptor(interrupt).member("kstat_irqs");
    List<Long> counts = new ArrayList<>();
    for (int cpu : cpus) {
      KernelObject count = count(pointer, cpu);
      KernelObject number =
          InterruptMembers.COUNT.isIn(count) ? InterruptMembers.COUNT.in(count) : count;
      counts.add(number.value() & 0xffff_ffffL);
    }
    return counts;
  }

  /**
   * Per-CPU since 2.6.38 (commit 6c9ae009b298, "irq: use per_cpu kstat_irqs"); an array by CPU
   * before, of which a kernel has these symbols.
   */
  private KernelObject count(KernelObject pointer, int cpu) throws KernelReadException {
    KernelObject first = pointer.dereference();
    if (memory.address("kstat_irqs_all").isPresent()
        || memory.address("kstat_irqs_legacy").isPresent()) {
      return first.moved(cpu * first.type().size().orElse(0));
    }
    OptionalLong offset = perCpu.offset(cpu);
    if (offset.isEmpty()) {
      throw new KernelReadException(
          KernelReadException.Reason.UNREADABLE, "the offset of CPU " + cpu + " cannot be read");
    }
    return first.moved(offset.getAsLong());
  }

  /** What adds itself to the name of the chip, such as {@code edge}; empty where nothing does. */
  public Optional<String> flow(Interrupt interrupt) throws KernelReadException {
    KernelObject descriptor = descriptor(interrupt);
    return descriptor.value("name") == 0
        ? Optional.empty()
        : Optional.of(descriptor.string("name"));
  }

  /**
   * The CPUs that an interrupt may be sent to.
   *
   * @throws KernelReadException also on a kernel for one CPU
   */
  public BitSet affinity(Interrupt interrupt) throws KernelReadException {
    KernelObject mask = InterruptMembers.AFFINITY.in(descriptor(interrupt));
    if (mask.type().resolved() instanceof Type.Pointer) {
      mask = mask.dereference();
    } else if (mask.type().resolved() instanceof Type.Array) {
      mask = mask.element(0);
    }
    BitSet cpus = new BitSet();
    KernelObject words = mask.member("bits");
    int wordBits = memory.memory().wordBytes() * Byte.SIZE;
    // What lies beyond the CPUs there can be may not be allocated (CONFIG_CPUMASK_OFFSTACK).
    int count = Math.min(perCpu.count(), MAX_CPUS);
    for (int cpu = 0; cpu < count; cpu++) {
      if ((words.element(cpu / wordBits).value() >>> cpu % wordBits & 1) != 0) {
        cpus.set(cpu);
      }
    }
    return cpus;
  }

  /** Addresses of what is called for each kind of software interrupt; 0 where nothing is. */
  public List<Long> softActions() throws KernelReadException {
    KernelObject first = memory.variable("softirq_vec", "struct softirq_action");
    List<Long> actions = new ArrayList<>();
    for (int i = 0; i < SOFTIRQS; i++) {
      actions.add(first.moved(i * first.type().size().orElse(0)).value("action"));
    }
    return actions;
  }

  private KernelObject descriptor(Interrupt interrupt) throws KernelReadException {
    return memory.object("struct irq_desc", interrupt.address());
  }
}
