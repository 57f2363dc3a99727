package org.vmcore.gdbstub.linux.irq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.irq.Interrupts.Interrupt;

/** How kernels of different ages count interrupts, and where they say which CPUs may have them. */
class InterruptUseTest {
  private static Interrupt interrupt(Made descriptor) {
    return new Interrupt(4, descriptor.address(), Optional.empty(), List.of(), Optional.empty());
  }

  /** CPU 0's copy is 0x1000 behind the image's, CPU 1's 0x2000: words of 4 bytes there. */
  @Test
  void aPerCpuCountIsEachCpusCopy() throws Exception {
    MadeKernel kernel = new MadeKernel("struct irq_desc {\n  unsigned int *kstat_irqs;\n};");
    long count = kernel.words(0);
    kernel.words("__per_cpu_offset", 0x1000, 0x2000);
    kernel.word(count + 0x1000, 0x7_0000_0005L).word(count + 0x2000, 0xffff_ffffL);
    Made descriptor = kernel.object("irq_desc").set("kstat_irqs", count);

    assertThat(new InterruptUse(kernel.memory()).counts(interrupt(descriptor), List.of(0, 1)))
        .as("the seven is another's, and counts have no sign")
        .containsExactly(5L, 0xffff_ffffL);
  }

  /** Since 6.10 there is a second number beside it. */
  @Test
  void theCountMayBeInAStructure() throws Exception {
    MadeKernel kernel =
        new MadeKernel(
            """
            struct irqstat {
              unsigned int cnt;
              unsigned int ref;
            };
            struct irq_desc {
              struct irqstat *kstat_irqs;
            };
            """);
    long count = kernel.words(0);
    kernel.words("__per_cpu_offset", 0x1000, 0x2000);
    kernel.word(count + 0x2000, 0x9_0000_0006L);
    Made descriptor = kernel.object("irq_desc").set("kstat_irqs", count);

    assertThat(new InterruptUse(kernel.memory()).counts(interrupt(descriptor), List.of(1)))
        .containsExactly(6L);
  }

  /** Before 2.6.38 an array by CPU, whatever the offsets of per-CPU variables are. */
  @Test
  void theOldestCountedInAnArray() throws Exception {
    MadeKernel kernel = new MadeKernel("struct irq_desc {\n  unsigned int *kstat_irqs;\n};");
    kernel.words("kstat_irqs_legacy", 0);
    kernel.words("__per_cpu_offset", 0x1000, 0x2000);
    Made descriptor =
        kernel.object("irq_desc").set("kstat_irqs", kernel.words(0x0000_0003_0000_0002L));

    assertThat(new InterruptUse(kernel.memory()).counts(interrupt(descriptor), List.of(0, 1)))
        .containsExactly(2L, 3L);
  }

  /** Words of 64 CPUs; bits beyond the CPUs that there can be are not the mask's. */
  @Test
  void affinityEndsWithTheCpusThereCanBe() throws Exception {
    MadeKernel kernel =
        new MadeKernel(
            """
            struct cpumask {
              unsigned long bits[128];
            };
            struct irq_common_data {
              struct cpumask *affinity;
            };
            struct irq_desc {
              struct irq_common_data irq_common_data;
            };
            """);
    kernel.words("nr_cpu_ids", 70);
    long mask = kernel.words(0b1010, 0b1_0010_0000);
    Made descriptor = kernel.object("irq_desc").set("irq_common_data.affinity", mask);

    BitSet cpus = new InterruptUse(kernel.memory()).affinity(interrupt(descriptor));

    assertThat(cpus.stream()).as("not 72, of 70").containsExactly(1, 3, 69);
  }
}
