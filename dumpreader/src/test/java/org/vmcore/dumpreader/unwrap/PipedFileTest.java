package org.vmcore.dumpreader.unwrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.DumpFormatContract;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.format.kdump.KdumpBytes;
import org.vmcore.dumpreader.input.FileInput;

/** A named pipe, as a shell's {@code <(...)} and {@code /dev/stdin} are without a name. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class PipedFileTest {
  @TempDir private Path directory;
  private Path pipe;
  private Path temporary;

  @BeforeEach
  void makePipe() throws Exception {
    pipe = directory.resolve("pipe");
    temporary = Files.createDirectory(directory.resolve("temporary"));
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
  }

  private OpenOptions options() {
    return OpenOptions.defaults().withTemporaryDirectory(temporary);
  }

  private CompletableFuture<Void> write(byte[] bytes) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            Files.write(pipe, bytes);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void whatComesThroughItIsReadHereAndThere() throws Exception {
    byte[] content = DumpFormatContract.noise(300_000);
    CompletableFuture<Void> writer = write(content);
    try (DumpInput input = PipedFile.open(pipe, options())) {
      assertThat(input.name()).isEqualTo(pipe.toString());
      assertThat(input.readFully(0, 300_000, "all")).isEqualTo(content);
      assertThat(input.readFully(70_000, 1, "one")).containsExactly(content[70_000]);
    }
    writer.join();
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aDumpMayComeThroughIt() throws Exception {
    CompletableFuture<Void> writer = write(KdumpBytes.x86_64().file.array());
    try (Dump dump = DumpFormats.openFiles(List.of(pipe), options())) {
      assertThat(dump.info().format()).isEqualTo("kdump-compressed");
    }
    writer.join();
  }

  /** What is read several times, such as a vmlinux, cannot come so. */
  @Test
  void elsewhereItIsSaidToBeAPipe() {
    CompletableFuture<Void> writer = write(new byte[1]);
    assertThatThrownBy(() -> FileInput.open(pipe))
        .hasMessage(pipe + ": is a pipe or a terminal; save what comes from it to a file");
    writer.handle((done, brokenPipe) -> true).join();
  }

  @Test
  void aTemporaryDirectoryThatIsNotThereIsNamed() {
    CompletableFuture<Void> writer = write(new byte[1]);
    Path absent = directory.resolve("absent");
    assertThatThrownBy(
            () -> PipedFile.open(pipe, OpenOptions.defaults().withTemporaryDirectory(absent)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(absent.toString());
    writer.handle((done, brokenPipe) -> true).join();
  }
}
