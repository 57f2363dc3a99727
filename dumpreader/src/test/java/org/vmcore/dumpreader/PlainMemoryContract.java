package org.vmcore.dumpreader;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Dump;

/** For formats that carry memory alone: neither notes nor VMCOREINFO. */
public abstract class PlainMemoryContract extends DumpFormatContract {
  /** A file up to where it was written. */
  public static byte[] written(ByteBuffer file) {
    byte[] bytes = new byte[file.position()];
    file.get(0, bytes);
    return bytes;
  }

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
