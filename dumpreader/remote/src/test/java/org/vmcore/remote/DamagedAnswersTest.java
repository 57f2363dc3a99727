package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.testing.DamagedAnswers;

/**
 * Whatever a server answers, what is read is what it has, or an error that names the file. The same
 * damages each time, or, given {@code -Dfuzz.seconds}, others for so long.
 */
@Tag("slow")
class DamagedAnswersTest {
  private static final int SIZE = 900_000;
  private static final int ROUNDS = 150;
  private static final int READS = 4;
  private static final String SECONDS = System.getProperty("fuzz.seconds", "");
  private static final Pattern RANGE = Pattern.compile("(?i)\r\nRange: bytes=(\\d+)-(\\d+)\r\n");
  private static final Retries ONCE_MORE =
      new Retries(2, Duration.ofMillis(1), Duration.ofMillis(5));
  private static final HttpExchange.Patience LITTLE =
      new HttpExchange.Patience(Duration.ofSeconds(10), Duration.ofMillis(300));

  @TempDir private Path directory;

  private final byte[] bytes = new byte[SIZE];

  @Test
  void giveTheBytesOrAnError() throws Exception {
    new Random(1).nextBytes(bytes);
    long seed = SECONDS.isEmpty() ? 1 : System.nanoTime();
    long seconds = SECONDS.isEmpty() ? 0 : Long.parseLong(SECONDS);
    long start = System.nanoTime();
    Random random = new Random(seed);
    int right = 0;
    int refused = 0;
    try (DamagedAnswers server = new DamagedAnswers(random, this::answer)) {
      for (int round = 0;
          round < ROUNDS || System.nanoTime() - start < seconds * 1_000_000_000L;
          round++) {
        try {
          read(server.uri() + round, new Random(seed + round));
          right++;
        } catch (IOException e) {
          assertThat(e.getMessage())
              .as("round %d of seed %d", round, seed)
              .contains(server.uri() + round)
              .doesNotContainPattern("\\p{Cntrl}|null|[a-z]+\\.[a-z]+\\.[A-Z]");
          refused++;
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError("round %d of seed %d".formatted(round, seed), e);
        }
      }
    }
    assertThat(right).as("some answers were whole").isPositive();
    assertThat(refused).as("some were not").isPositive();
  }

  private byte[] answer(String request) {
    Matcher range = RANGE.matcher(request);
    boolean partial = range.find() && Long.parseLong(range.group(1)) < SIZE;
    int first = partial ? Integer.parseInt(range.group(1)) : 0;
    int end = partial ? (int) Math.min(SIZE, Long.parseLong(range.group(2)) + 1) : SIZE;
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(
        """
        HTTP/1.1 %s
        Content-Length: %d
        Accept-Ranges: bytes
        ETag: "one"
        Last-Modified: Sun, 29 Nov 2026 12:00:00 GMT
        %s
        """
            .formatted(
                partial ? "206 Partial Content" : "200 OK",
                end - first,
                partial ? "Content-Range: bytes %d-%d/%d\n".formatted(first, end - 1, SIZE) : "")
            .replace("\n", "\r\n")
            .getBytes(ISO_8859_1));
    all.write(bytes, first, end - first);
    return all.toByteArray();
  }

  private void read(String name, Random random) throws IOException {
    RemoteUri uri = RemoteUri.parse(name);
    HttpExchange exchange = new HttpExchange(uri, (target, request) -> {}, LITTLE);
    Optional<RemoteCache> cache =
        random.nextBoolean()
            ? RemoteCache.of(Map.of("XDG_CACHE_HOME", directory.toString()))
            : Optional.empty();
    OpenOptions options = OpenOptions.defaults().withTemporaryDirectory(directory);
    try (DumpInput input = HttpTransport.open(uri, exchange, ONCE_MORE, cache, options)) {
      for (int i = 0; i < READS; i++) {
        int position = random.nextInt(SIZE);
        byte[] got = new byte[1 + random.nextInt(i == 0 ? 200_000 : 5000)];
        int count = input.read(position, got, 0, got.length);
        // Less is right where a whole object came without its size.
        assertThat(Arrays.copyOf(got, count))
            .isEqualTo(Arrays.copyOfRange(bytes, position, position + count));
      }
    }
  }
}
