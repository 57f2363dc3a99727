package org.vmcore.dumpreader.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.input.BytesInput;

class BitmapChunksTest {
  @Test
  void bitsPastTheLastPageAreNone() throws Exception {
    byte[] file = {0, 0, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    BitmapChunks chunks = new BitmapChunks(new BytesInput("bitmap", file), 2, 11);

    assertThat(chunks.next()).startsWith(0x7ff).endsWith(0);
    assertThat(chunks.next()).isNull();
  }

  @Test
  void aFileThatEndsEarlyHasNoPagesThere() throws Exception {
    byte[] file = new byte[3 * 4096];
    file[2 * 4096] = 0x40;
    BitmapChunks chunks = new BitmapChunks(new BytesInput("bitmap", file), 4096, 1 << 30);

    assertThat(chunks.next()).isNull();
    assertThat(chunks.next()).startsWith(0x40);
    assertThat(chunks.next()).isNull();
  }
}
