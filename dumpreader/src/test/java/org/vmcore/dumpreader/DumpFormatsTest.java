package org.vmcore.dumpreader;

import org.vmcore.dumpreader.DumpFormats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.format.kdump.KdumpBytes;
import org.vmcore.dumpreader.format.known.OtherFiles;
import org.vmcore.dumpreader.format.raw.RawMemory;
import org.vmcore.dumpreader.input.BytesInput;

class DumpFormatsTest {
  @TempDir private Path directory;

  /** Notes whether it was closed. */
  private static final class ClosingInput implements DumpInput {
    private final BytesInput bytes;
    private boolean closed;

    ClosingInput(String name, byte[] bytes) {
      this.bytes = new BytesInput(name, bytes);
    }

    @Override
    public String name() {
      return bytes.name();
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) {
      return bytes.read(position, destination, offset, length);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void aDumpClosesItsInput() throws Exception {
    ClosingInput input = new ClosingInput("vmcore", KdumpBytes.x86_64().file.array());

    Dump dump = DumpFormats.open(input, OpenOptions.defaults());
    assertThat(input.closed).isFalse();
    dump.close();
    assertThat(input.closed).isTrue();
  }

  @Test
  void aFailureClosesAllInputs() {
    ClosingInput one = new ClosingInput("one", new byte[9]);
    ClosingInput other = new ClosingInput("other", new byte[9]);

    assertThatThrownBy(() -> DumpFormats.open(List.of(one, other), OpenOptions.defaults()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining("one: not a kernel crash dump");
    assertThat(List.of(one.closed, other.closed)).containsOnly(true);
  }

  @Test
  void aDumpOfOneFileNamesTheSecond() throws Exception {
    Path dump = Files.write(directory.resolve("vmcore"), KdumpBytes.x86_64().file.array());
    Path vmlinux = Files.write(directory.resolve("vmlinux"), new byte[64]);

    assertThatThrownBy(() -> DumpFormats.openFiles(List.of(dump, vmlinux), OpenOptions.defaults()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining(vmlinux + ": a second file, but " + dump + " is a whole dump");
  }

  @Test
  void aMissingFileIsNamed() throws Exception {
    Path dump = Files.write(directory.resolve("vmcore"), KdumpBytes.x86_64().file.array());

    assertThatThrownBy(
            () ->
                DumpFormats.openFiles(
                    List.of(dump, directory.resolve("missing")), OpenOptions.defaults()))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("missing");
  }

  @Test
  void anAddressBehindTheNameMakesAFileRawMemory() throws Exception {
    Path low = Files.write(directory.resolve("low"), DumpFormatContract.noise(0x2000));
    Path high = Files.write(directory.resolve("high"), DumpFormatContract.noise(0x1000));

    try (Dump dump =
        DumpFormats.openFiles(
            List.of(Path.of(low + "@0"), Path.of(high + "@0x100000000")), OpenOptions.defaults())) {
      assertThat(DumpFormatContract.ranges(dump.memory()))
          .containsExactly(
              new DumpFormatContract.Range(0, 0x2000, PhysicalMemory.Presence.PRESENT),
              new DumpFormatContract.Range(
                  0x1_0000_0000L, 0x1000, PhysicalMemory.Presence.PRESENT));
      assertThat(dump.info().format()).isEqualTo("raw memory");
    }
    assertThatThrownBy(
            () -> DumpFormats.openFiles(List.of(Path.of(low + "@0"), high), OpenOptions.defaults()))
        .isInstanceOf(UnsupportedDumpException.class)
        .hasMessageContaining(high + ": a file without an address, beside " + low + "@0x0");
  }

  @Test
  void aFileWithSuchANameIsThatFile() throws Exception {
    Path file = Files.write(directory.resolve("vmcore@0"), KdumpBytes.x86_64().file.array());

    try (Dump dump = DumpFormats.openFiles(List.of(file), OpenOptions.defaults())) {
      assertThat(dump.info().format()).isEqualTo("kdump-compressed");
    }
  }

  @Test
  void aCompressedDumpIsUnpackedAndTellsWhatIsLost() throws Exception {
    byte[] vmcore =
        ElfFile.elf64()
            .load(0, 0x1000, 0x1000, 0x40000, 0x40000)
            .bytes(0x1000, DumpFormatContract.noise(0x40000))
            .build(0x41000);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(vmcore);
    }
    Path whole = Files.write(directory.resolve("whole"), packed.toByteArray());
    Path cut =
        Files.write(
            directory.resolve("cut"), Arrays.copyOf(packed.toByteArray(), packed.size() - 9));

    try (Dump dump = DumpFormats.openFiles(List.of(whole), OpenOptions.defaults())) {
      assertThat(dump.info().format()).isEqualTo("ELF vmcore");
      assertThat(dump.info().file()).isEqualTo(whole + " (unpacked)");
      assertThat(dump.info().incomplete()).isEmpty();
    }
    try (Dump dump = DumpFormats.openFiles(List.of(cut), OpenOptions.defaults())) {
      assertThat(dump.info().incomplete()).first().asString().contains("gzip data of " + cut);
    }
    Path raw = Path.of(whole + "@1000");
    try (Dump dump = DumpFormats.openFiles(List.of(raw), OpenOptions.defaults())) {
      assertThat(dump.info().file()).isEqualTo(whole + " (unpacked)@0x1000");
      assertThat(dump.memory().nextPresent(0)).isEqualTo(0x1000);
    }
  }

  /** All that are told by their content: raw memory has none, and the last are no dumps. */
  static List<DumpFormat> formats() {
    return DumpFormats.ALL.stream()
        .filter(format -> !(format instanceof RawMemory || format instanceof OtherFiles))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("formats")
  void eachFormatsSampleIsOpenedAsThatFormatAndClaimedByNoOther(DumpFormat format)
      throws Exception {
    byte[] sample = FormatSamples.file(format.name());

    try (Dump dump = DumpFormats.open(new BytesInput("sample", sample), OpenOptions.defaults())) {
      assertThat(dump.info().format()).isEqualTo(format.name());
    }
    for (DumpFormat other : DumpFormats.ALL) {
      assertThat(opens(other, sample))
          .as(other.name())
          .isEqualTo(other.name().equals(format.name()));
    }
  }

  /** A Xen core is an ELF file, which is no vmcore: the format of those may say so. */
  private static boolean opens(DumpFormat format, byte[] file) throws IOException {
    try {
      return format.open(new BytesInput("sample", file), OpenOptions.defaults()).isPresent();
    } catch (DumpException e) {
      return false;
    }
  }
}
