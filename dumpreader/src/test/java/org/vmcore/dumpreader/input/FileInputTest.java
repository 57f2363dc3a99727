package org.vmcore.dumpreader.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
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
        .hasMessage(directory + ": is a directory; name the file that is meant");
    assertThatThrownBy(() -> FileInput.open(directory.resolve("absent")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("absent");
  }

  /** Cut short and as long as before again: only its time tells. */
  @Test
  void aFileThatIsWrittenToIsNoLongerRead() throws IOException {
    Path path = Files.write(directory.resolve("vmcore"), DumpFormatContract.noise(SIZE));
    long past = System.currentTimeMillis() - 60_000;
    Files.setLastModifiedTime(path, FileTime.fromMillis(past));
    byte[] page = new byte[4096];
    try (FileInput file = FileInput.open(path)) {
      assertThat(file.read(0, page, 0, 4096)).isEqualTo(4096);
      Files.write(path, new byte[SIZE]);

      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(() -> file.read(8192, page, 0, 4096))
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith(path + ": has changed since it was opened (written to at ")
            .hasMessageEndingWith("; start again to read what is there now");
      }
    }
  }

  @Test
  void aFileThatIsCutShortIsNoLongerRead() throws IOException {
    Path path = Files.write(directory.resolve("vmcore"), new byte[8192]);
    try (FileInput file = FileInput.open(path);
        FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE)) {
      other.truncate(100);
      assertThatThrownBy(() -> file.read(4096, new byte[16], 0, 16))
          .hasMessageContaining("(100 bytes, it was 8192)");
    }
  }

  /** As {@code mv} and most programs write a file anew: the open one is what it was. */
  @Test
  void anotherFileOfThatNameChangesNothing() throws IOException {
    byte[] content = DumpFormatContract.noise(8192);
    Path path = Files.write(directory.resolve("vmcore"), content);
    try (FileInput file = FileInput.open(path)) {
      Path other = Files.write(directory.resolve("other"), new byte[9]);
      Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
      byte[] read = new byte[8192];
      assertThat(file.read(0, read, 0, 8192)).isEqualTo(8192);
      assertThat(read).isEqualTo(content);
      Files.delete(path);
      assertThat(file.read(0, read, 0, 8192)).isEqualTo(8192);
    }
  }

  /** Linux makes these files when they are read, and their times with them. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aFileOfTheKernelMayChange() throws Exception {
    try (FileInput file = FileInput.open(Path.of("/proc/uptime"))) {
      byte[] text = new byte[8];
      assertThat(file.read(0, text, 0, 8)).isPositive();
      Thread.sleep(20);
      assertThat(file.read(0, text, 0, 8)).isPositive();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatCannotBeReadIsNamed() throws IOException {
    // Nothing is mapped at address 0 of any process.
    Path path = Path.of("/proc/self/mem");
    try (FileInput file = FileInput.open(path)) {
      assertThatThrownBy(() -> file.read(0, new byte[8], 0, 8))
          .hasMessage(
              "/proc/self/mem: reading at offset 0x0: Input/output error; can it be copied?");
    }
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
