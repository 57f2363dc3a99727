package org.vmcore.dumpreader.unwrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;

/** Against the programs that people pack dumps with. */
class UnpackedInputTest {
  @TempDir private Path directory;

  /** Noise, a long run of zeros, noise, and zeros at the end. */
  private static final byte[] CONTENT = content();

  private static byte[] content() {
    byte[] bytes = new byte[700_001];
    System.arraycopy(DumpFormatContract.noise(100_000), 0, bytes, 0, 100_000);
    System.arraycopy(DumpFormatContract.noise(90_000), 0, bytes, 400_000, 90_000);
    return bytes;
  }

  @ParameterizedTest
  @EnumSource
  void whatTheProgramPackedComesBack(OuterCompression compression) throws Exception {
    byte[] packed = pack(compression, CONTENT);
    try (UnpackedInput input = unpack(packed, compression)) {
      assertThat(input.size()).isEqualTo(CONTENT.length);
      assertThat(input.readFully(0, CONTENT.length, "all")).isEqualTo(CONTENT);
      assertThat(input.readFully(399_990, 20, "some"))
          .isEqualTo(Arrays.copyOfRange(CONTENT, 399_990, 400_010));
      assertThat(input.read(CONTENT.length - 5, new byte[10], 0, 10)).isEqualTo(5);
      assertThat(input.read(CONTENT.length + 5, new byte[10], 0, 10)).isZero();
      assertThat(input.incomplete()).isEmpty();
      assertThat(input.name()).isEqualTo("vmcore.packed (unpacked)");
    }
  }

  /** Parallel compressors, and {@code cat}, put several streams into one file. */
  @ParameterizedTest
  @EnumSource
  void severalStreamsAreOneFile(OuterCompression compression) throws Exception {
    byte[] first = pack(compression, Arrays.copyOf(CONTENT, 300_000));
    byte[] second = pack(compression, Arrays.copyOfRange(CONTENT, 300_000, CONTENT.length));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);

    try (UnpackedInput input = unpack(both, compression)) {
      assertThat(input.readFully(0, CONTENT.length, "all")).isEqualTo(CONTENT);
      assertThat(input.incomplete()).isEmpty();
    }
  }

  /** An upload that broke off: what came is worth looking at. */
  @ParameterizedTest
  @EnumSource
  void aFileCutShortGivesWhatItHas(OuterCompression compression) throws Exception {
    byte[] noise = DumpFormatContract.noise(1 << 20);
    byte[] packed = pack(compression, noise);
    try (UnpackedInput input =
        unpack(Arrays.copyOf(packed, packed.length - packed.length / 4), compression)) {
      assertThat(input.size()).isBetween(1L << 18, 7L << 17);
      assertThat(input.readFully(0, 1 << 18, "start")).isEqualTo(Arrays.copyOf(noise, 1 << 18));
      assertThat(input.incomplete())
          .singleElement()
          .asString()
          .contains("vmcore.packed")
          .contains("MiB only");
    }
  }

  @ParameterizedTest
  @EnumSource
  void damageIsAProblemOrDamage(OuterCompression compression) throws Exception {
    byte[] packed = pack(compression, Arrays.copyOf(CONTENT, 20_000));
    Random random = new Random(20261102);
    for (int i = 0; i < 100; i++) {
      byte[] damaged = packed.clone();
      damaged[10 + random.nextInt(packed.length - 10)] ^= (byte) (1 << random.nextInt(8));
      assertThatCode(() -> unpack(damaged, compression).close())
          .as("damaged file %d", i)
          .satisfiesAnyOf(
              thrown -> assertThat(thrown).isNull(),
              thrown -> assertThat(thrown).isInstanceOf(DumpException.class));
    }
    assertThat(leftBehind()).isEmpty();
  }

  @Test
  void nothingIsLeftBehindAndNobodyElseMayLook() throws Exception {
    byte[] packed = pack(OuterCompression.GZIP, CONTENT);
    try (UnpackedInput input = unpack(packed, OuterCompression.GZIP)) {
      assertThat(input.size()).isPositive();
      for (Path file : leftBehind()) {
        assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
      }
    }
    assertThat(leftBehind()).isEmpty();
    assertThatThrownBy(() -> unpack(Arrays.copyOf(packed, 12), OuterCompression.GZIP))
        .isInstanceOf(DamagedDumpException.class)
        .hasMessageStartingWith("vmcore.packed: at offset 0x0: gzip");
    assertThat(leftBehind()).isEmpty();
  }

  @Test
  void aUserHearsHowFarItIsAndWhatItCosts() throws Exception {
    List<String> said = new ArrayList<>();
    List<Long> done = new ArrayList<>();
    byte[] packed = pack(OuterCompression.XZ, DumpFormatContract.noise(1 << 20));
    Progress progress =
        new Progress() {
          @Override
          public void update(String task, long part, long total) {
            assertThat(task).isEqualTo("unpacking vmcore.packed");
            assertThat(total).isEqualTo(packed.length);
            done.add(part);
          }

          @Override
          public void say(String sentence) {
            said.add(sentence);
          }
        };
    OpenOptions options = new OpenOptions(0, progress).withTemporaryDirectory(directory);
    UnpackedInput.unpack(new BytesInput("vmcore.packed", packed), OuterCompression.XZ, options)
        .close();

    assertThat(done).isSorted().hasSizeGreaterThan(5).endsWith((long) packed.length);
    assertThat(said)
        .containsExactly(
            "vmcore.packed: unpacked 1.0 MiB from 1.0 MiB; that takes 1.0 MiB in %s until the end"
                .formatted(directory));
  }

  /** 4 KiB of zstd that are 64 MiB of zeros. */
  @Test
  void aBombIsNotUnpacked() throws Exception {
    BytesInput bomb = new BytesInput("bomb", pack(OuterCompression.ZSTD, new byte[64 << 20]));
    OpenOptions options = OpenOptions.defaults().withTemporaryDirectory(directory);

    assertThatThrownBy(() -> UnpackedInput.unpack(bomb, OuterCompression.ZSTD, options, 32 << 20))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("bomb: more than 32.0 MiB come out of");
    assertThat(leftBehind()).isEmpty();
    UnpackedInput.unpack(bomb, OuterCompression.ZSTD, options).close();
  }

  @Test
  void aMissingDirectoryIsNamed() {
    OpenOptions options =
        OpenOptions.defaults().withTemporaryDirectory(directory.resolve("missing"));

    assertThatThrownBy(
            () ->
                UnpackedInput.unpack(
                    new BytesInput("x", new byte[10]), OuterCompression.GZIP, options))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
  }

  @ParameterizedTest
  @CsvSource({
    // first bytes in hexadecimal, what they are
    "1f8b08000000000000000000, GZIP",
    "1f8b08e00000000000000000,",
    "1f8b07000000000000000000,",
    "fd377a585a00000000000000, XZ",
    "425a68393141592653590000, BZIP2",
    "425a68303141592653590000,",
    "425a68394141592653590000,",
    "28b52ffd0000000000000000, ZSTD",
    "04224d180000000000000000, LZ4",
    "7f454c460000000000000000,",
    "1f8b08,",
  })
  void contentTellsTheCompression(String start, OuterCompression expected) throws Exception {
    byte[] bytes = HexFormat.of().parseHex(start);

    assertThat(OuterCompression.of(new BytesInput("x", bytes)).orElse(null)).isEqualTo(expected);
  }

  private UnpackedInput unpack(byte[] packed, OuterCompression compression)
      throws IOException, DumpException {
    return UnpackedInput.unpack(
        new BytesInput("vmcore.packed", packed),
        compression,
        OpenOptions.defaults().withTemporaryDirectory(directory));
  }

  private List<Path> leftBehind() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().contains("vmcore-gdbserver")).toList();
    }
  }

  private byte[] pack(OuterCompression compression, byte[] content)
      throws IOException, InterruptedException {
    Command.assumeInstalled(compression.program());
    Path file = Files.write(directory.resolve("content"), content);
    return run(compression, ProcessBuilder.Redirect.from(file.toFile()));
  }

  private byte[] run(OuterCompression compression, ProcessBuilder.Redirect content)
      throws IOException, InterruptedException {
    Path packed = directory.resolve("packed");
    int exit =
        new ProcessBuilder(compression.program(), "-1", "-c")
            .redirectInput(content)
            .redirectOutput(packed.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    assertThat(exit).isZero();
    return Files.readAllBytes(packed);
  }

  @Test
  void aRealDumpIsTheSamePackedAndUnpacked() throws Exception {
    String name = "x86_64/qemu-null-deref/qemu.elf";
    Path unpacked = Corpus.file(name);
    Path packed = Corpus.plain(name + ".xz");
    OpenOptions options = OpenOptions.defaults().withTemporaryDirectory(directory);
    try (Dump one = DumpFormats.openFiles(List.of(packed), options);
        Dump other = DumpFormats.openFiles(List.of(unpacked), options)) {
      assertThat(one.info().fileSize()).isEqualTo(other.info().fileSize());
      DumpFormatContract.assertSameMemory(one.memory(), other.memory());
    }
    assertThat(leftBehind()).isEmpty();
  }
}
