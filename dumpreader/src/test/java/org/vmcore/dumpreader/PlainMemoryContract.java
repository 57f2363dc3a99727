package org.vmcore.dumpreader;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** For formats that carry memory alone: neither notes nor VMCOREINFO. */
abstract class PlainMemoryContract extends DumpFormatContract {
  @Override
  @Test
  void memoryNotesAndVmcoreinfoAreThoseWritten() throws Exception {
    Dump dump = open(write(sample()));

    assertSameMemory(dump.memory(), sample().memory());
    assertThat(dump.notes()).isEmpty();
    assertThat(dump.segments()).isEmpty();
    assertThat(dump.vmcoreinfo()).isEmpty();
  }
}
