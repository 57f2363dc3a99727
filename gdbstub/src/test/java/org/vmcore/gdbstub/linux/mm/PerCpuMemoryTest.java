package org.vmcore.gdbstub.linux.mm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;

/** A first chunk of 56 pages for each of two CPUs: 40 for variables, 16 for what is allocated. */
class PerCpuMemoryTest {
  private static final long PAGE = 4096;
  private static final long BASE = 0xffff_8880_1f20_0000L;

  private static final String TYPES =
      """
      struct pcpu_chunk {
        void *base_addr;
        int nr_pages;
      };
      struct number {
        int value;
      };
      """;

  private final MadeKernel kernel = new MadeKernel(TYPES);

  private void make() {
    Made chunk = kernel.object("pcpu_chunk").set("base_addr", BASE + 40 * PAGE).set("nr_pages", 16);
    kernel.words("pcpu_first_chunk", chunk.address());
    kernel.words("pcpu_base_addr", BASE);
    kernel.variable("pcpu_nr_populated", "number").set("value", 56 + 3);
    kernel.variable("pcpu_nr_units", "number").set("value", 2);
  }

  @Test
  void theFirstChunkEndsBehindWhatIsAllocatedOfIt() throws Exception {
    make();

    assertThat(PerCpuMemory.firstChunkBytes(kernel.memory(), PAGE)).hasValue(56 * PAGE);
  }

  @Test
  void whatCameLaterIsOfEachCpu() throws Exception {
    make();

    assertThat(PerCpuMemory.allocatedPages(kernel.memory(), PAGE)).isEqualTo(6);
  }

  @Test
  void aKernelWithoutSmpHasNone() throws Exception {
    assertThat(PerCpuMemory.firstChunkBytes(kernel.memory(), PAGE)).isEmpty();
    assertThat(PerCpuMemory.allocatedPages(kernel.memory(), PAGE)).isZero();
  }
}
