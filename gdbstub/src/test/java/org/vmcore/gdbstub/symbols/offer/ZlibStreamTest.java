package org.vmcore.gdbstub.symbols.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.unwrap.ScratchFile;

class ZlibStreamTest {
  private static final int BEFORE = 1000;

  @TempDir private Path directory;
  private final ExecutorService workers = Executors.newFixedThreadPool(3);

  @AfterEach
  void stop() {
    workers.shutdownNow();
  }

  /** Text in which things come again, also from far back. */
  private static byte[] text(int length) {
    Random random = new Random(length);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i > 40_000 && i % 97 > 20 ? bytes[i - 30_000] : random.nextInt(40));
    }
    return bytes;
  }

  private byte[] packed(byte[] file, int length) throws IOException {
    try (ScratchFile to = ScratchFile.create(directory)) {
      new ZlibStream(new BytesInput("file", file), workers, 4).write(BEFORE, length, to);
      byte[] packed = new byte[(int) to.size()];
      to.read(0, packed, 0, packed.length);
      return packed;
    }
  }

  /** Zlib itself takes it back, and its checksum. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (5 << 20) + 12345})
  void piecesAreOneStream(int length) throws Exception {
    byte[] file = text(BEFORE + length);

    byte[] packed = packed(file, length);

    try (var in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
      byte[] unpacked = in.readAllBytes();
      assertThat(unpacked).hasSize(length);
      for (int i = 0; i < length; i++) {
        assertThat(unpacked[i]).isEqualTo(file[BEFORE + i]);
      }
    }
  }

  /** A piece knows what comes before it. */
  @Test
  void piecesCostLittle() throws Exception {
    int end = 1 << 20;
    int again = 30_000;
    byte[] file = new byte[BEFORE + end + again];
    new Random(1).nextBytes(file);
    System.arraycopy(file, BEFORE + end - again, file, BEFORE + end, again);

    assertThat(packed(file, end + again).length).isLessThan(end + again / 10);
  }

  @Test
  void aFileThatEndsTooEarlyIsTold() {
    byte[] file = new byte[BEFORE + 100];
    assertThat(catchThrowable(() -> packed(file, 101)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ends before");
  }
}
