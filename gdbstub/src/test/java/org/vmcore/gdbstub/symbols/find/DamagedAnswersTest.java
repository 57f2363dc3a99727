package org.vmcore.gdbstub.symbols.find;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.testing.DamagedAnswers;

/**
 * Whatever a debuginfod server answers, there is the right file, or none and the reason, and
 * nothing else is left. The same damages each time, or, given {@code -Dfuzz.seconds}, others for so
 * long.
 */
class DamagedAnswersTest {
  private static final int ROUNDS = 100;
  private static final String SECONDS = System.getProperty("fuzz.seconds", "");
  private static final byte[] CONTENT = "debugging information ".repeat(20_000).getBytes(UTF_8);
  private static final Download.Patience LITTLE =
      new Download.Patience(Duration.ofSeconds(10), Duration.ofMillis(300), Duration.ofMillis(300));

  @TempDir private Path cache;

  @Test
  void giveTheFileOrTheReason() throws Exception {
    long seed = SECONDS.isEmpty() ? 1 : System.nanoTime();
    long seconds = SECONDS.isEmpty() ? 0 : Long.parseLong(SECONDS);
    long start = System.nanoTime();
    int right = 0;
    int refused = 0;
    try (DamagedAnswers server = new DamagedAnswers(new Random(seed), request -> answer())) {
      Debuginfod client = new Debuginfod(cache, List.of(URI.create(server.uri())), LITTLE, 1 << 20);
      for (int round = 0;
          round < ROUNDS || System.nanoTime() - start < seconds * 1_000_000_000L;
          round++) {
        String id = "%040x".formatted(round);
        Debuginfod.Lookup lookup = client.find(id, DamagedAnswersTest::isRight, Progress.SILENT);
        String which = "round %d of seed %d".formatted(round, seed);
        if (lookup.file().isPresent()) {
          assertThat(lookup.file().get()).as(which).hasBinaryContent(CONTENT);
          Files.delete(lookup.file().get());
          right++;
        } else {
          assertThat(String.join(" ", lookup.without()))
              .as(which)
              .contains(server.uri() + " (")
              .doesNotContain("owned")
              .doesNotContainPattern("\\p{Cntrl}|null|[a-z]+\\.[a-z]+\\.[A-Z]");
          refused++;
        }
        try (Stream<Path> files = Files.walk(cache)) {
          assertThat(files.filter(Files::isRegularFile)).as(which).isEmpty();
        }
      }
    }
    assertThat(right).as("some answers were whole").isPositive();
    assertThat(refused).as("some were not").isPositive();
  }

  private static byte[] answer() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(
        """
        HTTP/1.1 200 OK
        Content-Type: application/octet-stream
        Content-Length: %1$d
        X-DEBUGINFOD-SIZE: %1$d
        X-DEBUGINFOD-FILE: vmlinux

        """
            .formatted(CONTENT.length)
            .replace("\n", "\r\n")
            .getBytes(UTF_8));
    all.writeBytes(CONTENT);
    return all.toByteArray();
  }

  private static boolean isRight(Path file) {
    try {
      return Arrays.equals(Files.readAllBytes(file), CONTENT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
