package org.vmcore.dumpreader.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class UnfinishedFileTest {
  @TempDir private Path directory;

  @Test
  void isItsOwnersAloneAndGoneUnlessItIsMoved() throws IOException {
    Path whole = directory.resolve("whole");
    try (UnfinishedFile file = UnfinishedFile.create(directory, "a", ".b")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
          .isEqualTo("rw-------");
      Files.move(file.path(), whole);
    }
    try (UnfinishedFile file = UnfinishedFile.create(directory, "a", ".b")) {
      assertThat(file.path()).exists();
    }
    assertThat(directory).isDirectoryContaining(whole::equals);
    assertThat(directory.toFile().list()).hasSize(1);
  }

  /** A program that does nothing but make such files. */
  static final class Maker {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      System.out.println("begins");
      while (true) {
        try (UnfinishedFile file = UnfinishedFile.create(directory, "a", ".b")) {
          Files.writeString(file.path(), "half", StandardOpenOption.WRITE);
        }
      }
    }
  }

  /** Wherever in its life a signal comes. */
  @Test
  void aSignalLeavesNone() throws Exception {
    for (int i = 0; i < 10; i++) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  Maker.class.getName(),
                  directory.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(process.getInputStream().read()).isEqualTo('b');
      TimeUnit.MILLISECONDS.sleep(7L * i);
      process.destroy();
      process.waitFor();
      assertThat(directory).isEmptyDirectory();
    }
  }
}
