package org.vmcore.dumpreader.write;

import org.vmcore.dumpreader.write.SyntheticDump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmcore.dumpreader.DumpFormatContract.PAGE;
import static org.vmcore.dumpreader.DumpFormatContract.fault;
import static org.vmcore.dumpreader.DumpFormatContract.ranges;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.DumpFormatContract.Range;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;

class SyntheticDumpTest {
  private final SyntheticDump.Builder builder =
      SyntheticDump.builder("made up", 62, 64, ByteOrder.BIG_ENDIAN);

  @Test
  void pagesThatARangeTouchesExist() {
    builder.zeroPages(PAGE - 1, PAGE + 2).filteredPages(5 * PAGE + 5, 1);

    assertThat(ranges(builder.build().memory()))
        .containsExactly(
            new Range(0, 3 * PAGE, Presence.PRESENT), new Range(5 * PAGE, PAGE, Presence.FILTERED));
  }

  @Test
  void filteredMemoryIsKnownAndNotThere() {
    PhysicalMemory memory =
        builder
            .zeroPages(0, PAGE)
            .filteredPages(PAGE, PAGE)
            .zeroPages(2 * PAGE, 1)
            .build()
            .memory();

    PhysicalRead read = memory.read(PAGE - 4, new byte[8], 0, 8);
    assertThat(read.length()).isEqualTo(4);
    assertThat(fault(read).reason()).isEqualTo(PhysicalFault.Reason.FILTERED);
    assertThat(memory.nextPresent(PAGE + 7)).isEqualTo(2 * PAGE);
    assertThat(memory.nextPresent(2 * PAGE + 7)).isEqualTo(2 * PAGE + 7);
    assertThat(memory.nextPresent(3 * PAGE)).isEqualTo(PhysicalMemory.NONE);
  }

  @Test
  void writingMakesAFilteredPagePresent() {
    PhysicalMemory memory = builder.filteredPages(0, PAGE).writeLong(8, 0x0102).build().memory();

    byte[] bytes = new byte[2];
    assertThat(memory.read(14, bytes, 0, 2).isComplete()).isTrue();
    assertThat(bytes).containsExactly(1, 2);
  }

  @Test
  void theTopOfTheAddressSpaceIsNotFollowedByItsBottom() {
    PhysicalMemory memory = builder.zeroPages(0, 1).zeroPages(-PAGE, PAGE).build().memory();

    assertThat(memory.read(-4, new byte[8], 0, 8).length()).isEqualTo(4);
    assertThat(ranges(memory))
        .containsExactly(
            new Range(0, PAGE, Presence.PRESENT), new Range(-PAGE, PAGE, Presence.PRESENT));
  }
}
