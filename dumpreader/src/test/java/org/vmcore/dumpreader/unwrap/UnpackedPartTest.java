package org.vmcore.dumpreader.unwrap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.unwrap.UnpackedPart.Compression;

/** Packed by the JDK's deflater. */
class UnpackedPartTest {
  private static final int BEFORE = 100;

  /** What lies around a part must not matter. */
  private static byte[] packed(byte[] bytes) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(new byte[BEFORE]);
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(file)) {
      deflater.write(bytes);
    }
    return file.toByteArray();
  }

  private static DumpInput open(byte[] file, int length, long size) throws IOException {
    return UnpackedPart.open(new BytesInput("file", file), BEFORE, length, Compression.ZLIB, size);
  }

  /** The larger one goes to a file, holes and all. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, 20 << 20})
  void itReadsAsItWas(int size) throws IOException {
    byte[] bytes = new byte[size];
    Random random = new Random(1);
    for (int i = 0; i < size; i++) {
      boolean zeros = (i >> 17) % 3 == 1;
      bytes[i] = zeros ? 0 : (byte) random.nextInt(4);
    }
    byte[] file = packed(bytes);
    try (DumpInput part = open(file, file.length - BEFORE, size)) {
      assertThat(part.name()).isEqualTo("file");
      assertThat(part.size()).isEqualTo(size);
      for (int at = 0; at < size; at += 1 + size / 7) {
        byte[] read = new byte[5000];
        int got = part.read(at, read, 0, read.length);
        assertThat(got).isEqualTo(Math.min(read.length, size - at));
        assertThat(Arrays.copyOf(read, got)).isEqualTo(Arrays.copyOfRange(bytes, at, at + got));
      }
      assertThat(part.read(size, new byte[1], 0, 1)).isZero();
    }
  }

  @Test
  void oneThatIsCutShortIsRefused() throws IOException {
    byte[] bytes = new byte[10_000];
    new Random(1).nextBytes(bytes);
    byte[] file = packed(bytes);
    assertThatThrownBy(() -> open(file, 5_000, bytes.length)).hasMessageContaining("cut short");
  }

  @Test
  void oneThatIsDamagedIsRefused() throws IOException {
    byte[] file = packed("something".repeat(100).getBytes(UTF_8));
    Arrays.fill(file, BEFORE, BEFORE + 10, (byte) 0xff);
    assertThatThrownBy(() -> open(file, file.length - BEFORE, 900)).hasMessageContaining("damaged");
  }

  /** Nothing is set aside because a header says so. */
  @Test
  void aSizeThatCannotBeIsRefused() throws IOException {
    byte[] file = packed(new byte[10]);
    assertThatThrownBy(() -> open(file, file.length - BEFORE, 1L << 40))
        .hasMessageStartingWith("1099511627776 bytes do not come out of");
    assertThatThrownBy(() -> open(file, file.length - BEFORE, -1))
        .hasMessageStartingWith("18446744073709551615 bytes");
  }
}
