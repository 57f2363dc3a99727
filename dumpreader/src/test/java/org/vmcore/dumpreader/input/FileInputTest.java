package org.vmcore.dumpreader.input;

import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.FileInput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/** Inputs are read alike, be they files or bytes in memory. */
class FileInputTest {
  private static final int SIZE = (2 << 20) + 100;

  private final Path directory;

  FileInputTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @ParameterizedTest
  @CsvSource({
    "0, 16, 16",
    "2097200, 16, 16",
    "0, 2097252, 2097252",
    "0, 3000000, 2097252",
    "2097250, 16, 2",
    "2097252, 16, 0",
    "9223372036854775000, 16, 0",
    "5, 0, 0",
  })
  void readsAreShortOnlyAtTheEnd(long position, int length, int expected) throws IOException {
    byte[] content = DumpFormatContract.noise(SIZE);
    Path path = Files.write(directory.resolve("file"), content);
    try (FileInput file = FileInput.open(path);
        BytesInput bytes = new BytesInput("bytes", content)) {
      for (DumpInput input : new DumpInput[] {file, bytes}) {
        byte[] destination = new byte[length + 2];
        assertThat(input.size()).isEqualTo(SIZE);
        assertThat(input.read(position, destination, 1, length)).isEqualTo(expected);
        int from = (int) Math.min(position, SIZE);
        assertThat(Arrays.copyOfRange(destination, 1, 1 + expected))
            .isEqualTo(Arrays.copyOfRange(content, from, from + expected));
        assertThat(destination[0]).isZero();
        assertThat(destination[length + 1]).isZero();
      }
    }
  }

  @Test
  void aStructureThatTheFileDoesNotHoldIsNamed() throws Exception {
    try (BytesInput input = new BytesInput("vmcore", new byte[20])) {
      assertThat(input.readFully(16, 4, "e_type")).hasSize(4);
      assertThatThrownBy(() -> input.readFully(17, 4, "e_type"))
          .isInstanceOf(DamagedDumpException.class)
          .hasMessage("vmcore: at offset 0x11: e_type: needs 4 bytes, but the file ends at 0x14");
      assertThatThrownBy(() -> input.readFully(-1, 4, "e_type"))
          .isInstanceOf(DamagedDumpException.class);
    }
  }

  @Test
  void whatCannotBeOpenedIsNamed() {
    assertThatThrownBy(() -> FileInput.open(directory))
        .isInstanceOf(IOException.class)
        .hasMessage(directory + ": is a directory");
    assertThatThrownBy(() -> FileInput.open(directory.resolve("absent")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("absent");
  }

  @Test
  void aFileThatIsNoDumpIsRefusedWithARemedy() {
    for (byte[] content : new byte[][] {{}, {0x7f}, new byte[5000], {'#', '!', '/'}}) {
      assertThatThrownBy(
              () -> DumpFormats.open(new BytesInput("x.sh", content), OpenOptions.defaults()))
          .isInstanceOf(UnsupportedDumpException.class)
          .hasMessageStartingWith("x.sh: not a kernel crash dump; ");
    }
  }
}
