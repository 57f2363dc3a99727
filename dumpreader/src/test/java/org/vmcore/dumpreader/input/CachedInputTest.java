package org.vmcore.dumpreader.input;

import org.vmcore.dumpreader.input.CachedInput;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.DumpFormatContract;

class CachedInputTest {
  private static final int SIZE = 10 * 4096 + 100;

  private final byte[] file = DumpFormatContract.noise(SIZE);
  private final DumpFormatContract.CountingInput counted =
      new DumpFormatContract.CountingInput(file);

  @ParameterizedTest
  @ValueSource(longs = {0, 4095, 4096, 3 * 4096, 1 << 20})
  void readsAreThoseOfTheInput(long cacheBytes) throws IOException {
    CachedInput cached = new CachedInput(counted, cacheBytes);
    Random random = new Random(cacheBytes);
    for (int i = 0; i < 20_000; i++) {
      int position = random.nextInt(SIZE + 600);
      int length = random.nextInt(600);
      byte[] bytes = new byte[length + 2];
      int expected = Math.max(0, Math.min(length, SIZE - position));

      assertThat(cached.read(position, bytes, 1, length)).isEqualTo(expected);
      int from = Math.min(position, SIZE);
      assertThat(Arrays.copyOfRange(bytes, 1, 1 + expected))
          .isEqualTo(Arrays.copyOfRange(file, from, from + expected));
    }
  }

  @Test
  void aBlockIsKeptAtItsSecondMiss() throws IOException {
    CachedInput cached = new CachedInput(counted, 1 << 20);

    assertThat(inputBytesReadFor(cached, 0x1010)).isEqualTo(8);
    assertThat(inputBytesReadFor(cached, 0x1ff0)).isEqualTo(4096);
    assertThat(inputBytesReadFor(cached, 0x1000)).isZero();
    assertThat(inputBytesReadFor(cached, 0x1010)).isZero();
  }

  @Test
  void blocksThatShareASlotTakeTurns() throws IOException {
    CachedInput cached = new CachedInput(counted, 2 * 4096);
    inputBytesReadFor(cached, 0x1000);
    inputBytesReadFor(cached, 0x1000);

    assertThat(inputBytesReadFor(cached, 0x3000)).isEqualTo(8);
    assertThat(inputBytesReadFor(cached, 0x1000)).isZero();
    assertThat(inputBytesReadFor(cached, 0x3000)).isEqualTo(4096);
    assertThat(inputBytesReadFor(cached, 0x3000)).isZero();
    assertThat(inputBytesReadFor(cached, 0x1000)).isEqualTo(8);
  }

  private long inputBytesReadFor(CachedInput cached, int position) throws IOException {
    long before = counted.bytesRead();
    byte[] bytes = new byte[8];
    assertThat(cached.read(position, bytes, 0, 8)).isEqualTo(8);
    assertThat(bytes).isEqualTo(Arrays.copyOfRange(file, position, position + 8));
    return counted.bytesRead() - before;
  }
}
