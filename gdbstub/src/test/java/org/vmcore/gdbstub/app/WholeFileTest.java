package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir private Path directory;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void theNameIsThereWhenTheFileIsWhole() throws IOException {
    Path out = directory.resolve("out");

    long size =
        new WholeFile(out, false)
            .write(
                part -> {
                  assertThat(out).doesNotExist();
                  Files.writeString(part, "whole");
                  return 5;
                });

    assertThat(size).isEqualTo(5);
    assertThat(out).hasContent("whole");
    assertThat(names()).containsExactly("out");
  }

  @Test
  void aFailureLeavesTheOldFile() throws IOException {
    Path out = Files.writeString(directory.resolve("out"), "old");

    assertThatThrownBy(
            () ->
                new WholeFile(out, true)
                    .write(
                        part -> {
                          Files.writeString(part, "half");
                          throw new IOException("No space left on device");
                        }))
        .hasMessage(out + ": No space left on device");
    assertThat(out).hasContent("old");
    assertThat(names()).containsExactly("out");
  }

  @Test
  void whatIsNoFileIsWrittenAsItIs() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no /dev/full");
    assertThatThrownBy(() -> new WholeFile(full, true).write("text"))
        .hasMessage("/dev/full: No space left on device");
    assertThat(full).exists();
  }

  @Test
  void ofALinkWhatItLeadsToIsReplaced() throws IOException {
    Path out = Files.writeString(directory.resolve("out"), "old");
    Path link = Files.createSymbolicLink(directory.resolve("link"), out);
    assertThat(new WholeFile(link, true).write("new")).isEqualTo(3);
    assertThat(link).isSymbolicLink();
    assertThat(out).hasContent("new");
  }

  @Test
  void whatAppearsMeanwhileIsKept() throws IOException {
    Path out = directory.resolve("out");

    assertThatThrownBy(
            () ->
                new WholeFile(out, false)
                    .write(
                        part -> {
                          Files.writeString(out, "theirs");
                          return Files.writeString(part, "ours").toFile().length();
                        }))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(out).hasContent("theirs");
    assertThat(names()).containsExactly("out");
  }
}
