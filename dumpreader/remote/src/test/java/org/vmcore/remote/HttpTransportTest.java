package org.vmcore.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;

/** The truth is the array that the server has. */
class HttpTransportTest {
  private static final int SIZE = (5 << 20) + 12345;
  private static final Retries QUICK = new Retries(4, Duration.ofMillis(1), Duration.ofMillis(20));

  @TempDir Path directory;

  private final byte[] bytes = new byte[SIZE];
  private FaultyServer server;

  @BeforeEach
  void start() throws IOException {
    new Random(1).nextBytes(bytes);
    server = new FaultyServer(bytes);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private DumpInput open(Map<String, String> environment, String uri, boolean keep)
      throws IOException {
    RemoteUri parsed = RemoteUri.parse(uri);
    HttpCredentials signer = new HttpCredentials(environment, parsed.uri());
    return HttpTransport.open(
        parsed,
        new HttpExchange(parsed, signer, HttpExchange.Patience.usual()),
        QUICK,
        keep ? RemoteCache.of(environment) : Optional.empty(),
        OpenOptions.defaults().withTemporaryDirectory(directory));
  }

  private DumpInput open() throws IOException {
    return open(Map.of("HOME", directory.toString()), server.uri(), false);
  }

  private void assertSame(DumpInput input, int position, int length) throws IOException {
    byte[] got = new byte[length + 2];
    int expected = Math.max(0, Math.min(length, SIZE - position));
    assertThat(input.read(position, got, 1, length)).isEqualTo(expected);
    assertThat(Arrays.copyOfRange(got, 1, 1 + expected))
        .isEqualTo(Arrays.copyOfRange(bytes, position, position + expected));
  }

  @Test
  void readsAtAnyPositionWhatTheServerHas() throws IOException {
    try (DumpInput input = open()) {
      assertThat(input.size()).isEqualTo(SIZE);
      Random random = new Random(2);
      for (int i = 0; i < 200; i++) {
        assertSame(input, random.nextInt(SIZE), random.nextInt(i % 10 == 0 ? 500_000 : 5000));
      }
      assertSame(input, SIZE - 10, 100);
      assertThat(input.read(SIZE + 5L, new byte[4], 0, 4)).isZero();
    }
  }

  @Test
  void asksForFewAndLargePieces() throws IOException {
    try (DumpInput input = open()) {
      for (int position = 0; position < SIZE; position += 4096) {
        assertSame(input, position, Math.min(4096, SIZE - position));
      }
    }
    assertThat(server.asked).hasSizeLessThanOrEqualTo(12);
    assertThat(server.asked).as("no piece twice").doesNotHaveDuplicates();
  }

  @Test
  void fetchesAtOnceWhatWillBeRead() throws IOException {
    int length = SIZE / 5;
    try (DumpInput input = open()) {
      input.willRead(SIZE / 2, length);
      input.willRead(SIZE / 2, length);
      assertSame(input, SIZE / 2, length);
      assertThat(server.asked).as("the head, and that").hasSize(2);
      input.willRead(0, SIZE);
      input.willRead(SIZE + 5L, 1);
      assertThat(server.asked).as("more than anybody needs, and nothing").hasSize(2);
    }
  }

  @Test
  void saysOnceWhatItCost() throws IOException {
    List<String> said = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public void update(String task, long done, long total) {}

          @Override
          public void say(String sentence) {
            said.add(sentence);
          }
        };
    RemoteUri uri = RemoteUri.parse(server.uri());
    DumpInput input =
        HttpTransport.open(
            uri,
            new HttpExchange(uri, (target, request) -> {}, HttpExchange.Patience.usual()),
            QUICK,
            Optional.empty(),
            new OpenOptions(0, progress));
    input.close();
    input.close();
    assertThat(said).hasSize(1);
    assertThat(said.get(0)).contains(": 1 request, 0.5 of ");
  }

  @Test
  void takesTheWholeFromAServerWithoutRanges() throws IOException {
    server.ranges = false;
    try (DumpInput input = open()) {
      assertThat(input.size()).isEqualTo(SIZE);
      assertSame(input, 1_000_000, 100_000);
    }
    assertThat(server.asked).hasSize(2);
  }

  @Test
  void triesAgainWhenTheServerIsBusyOrBreaksOff() throws IOException {
    server.faults.add(FaultyServer.status(503, "Retry-After", "0"));
    server.faults.add(FaultyServer.status(429));
    server.faults.add(server.reset());
    try (DumpInput input = open()) {
      server.faults.add(FaultyServer.status(500));
      server.faults.add(server.reset());
      assertSame(input, 3 << 20, 1000);
      assertThat(((RemoteInput) input).traffic().retries()).isEqualTo(5);
    }
  }

  @Test
  void triesAgainWhenTheServerSaysNothingMore() throws IOException {
    RemoteUri uri = RemoteUri.parse(server.uri());
    HttpExchange.Patience little =
        new HttpExchange.Patience(Duration.ofSeconds(10), Duration.ofMillis(300));
    server.faults.add(
        exchange -> {
          exchange.sendResponseHeaders(206, 1000);
          exchange.getResponseBody().write(1);
          exchange.getResponseBody().flush();
          server.hang();
        });
    Traffic traffic = new Traffic();
    HttpObject object =
        HttpObject.open(
            uri, new HttpExchange(uri, (target, request) -> {}, little), QUICK, traffic);
    assertThat(object.size()).isEqualTo(SIZE);
    assertThat(traffic.retries()).isEqualTo(1);
  }

  @Test
  void givesUpAfterSomeTries() throws IOException {
    server.faults.addAll(Collections.nCopies(4, FaultyServer.status(503)));
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessage(
            server.uri() + ": the server answers HTTP 503 (too busy); gave up after 4 tries");
    assertThat(server.asked).hasSize(4);
  }

  @Test
  void saysWhatIsNotThereOrNotAllowed() {
    server.faults.add(FaultyServer.status(404));
    assertThatThrownBy(this::open).hasMessageContaining("HTTP 404 (not there)");
    server.faults.add(FaultyServer.status(401));
    assertThatThrownBy(this::open).hasMessageContaining("VMCORE_HTTP_TOKEN");
    assertThat(server.asked).as("no second try").hasSize(2);
  }

  @Test
  void refusesAnotherRangeThanWasAskedFor() throws IOException {
    try (DumpInput input = open()) {
      server.faults.add(exchange -> server.sendPart(exchange, 5, 99));
      assertThatThrownBy(() -> input.read(2 << 20, new byte[10], 0, 10))
          .hasMessageContaining("another range");
      assertSame(input, 2 << 20, 10);
    }
  }

  @Test
  void takesAnAnswerThatIsShorterThanTheRange() throws IOException {
    try (DumpInput input = open()) {
      server.faults.add(
          exchange -> {
            exchange.getResponseHeaders().set("ETag", server.tag);
            int first = Integer.parseInt(server.asked.get(1).replaceAll("bytes=(\\d+)-.*", "$1"));
            server.sendPart(exchange, first, first + 999);
          });
      assertSame(input, 4 << 20, 5000);
    }
  }

  @Test
  void refusesAnObjectThatChanged() throws IOException {
    try (DumpInput input = open()) {
      server.tag = "\"two\"";
      String changed =
          server.uri() + ": has changed since it was opened; start again to read what is there now";
      assertThatThrownBy(() -> input.read(2 << 20, new byte[10], 0, 10)).hasMessage(changed);
      assertThatThrownBy(() -> input.read(0, new byte[10], 0, 10))
          .as("also what was read before: it may not belong together")
          .hasMessage(changed);
    }
  }

  @Test
  void noticesByTheTagAloneWhereTheServerIgnoresIfRange() throws IOException {
    server.tag = "W/\"weak\"";
    try (DumpInput input = open()) {
      server.tag = "W/\"other\"";
      assertThatThrownBy(() -> input.read(2 << 20, new byte[10], 0, 10))
          .hasMessageContaining("has changed");
    }
  }

  @Test
  void followsRedirectsButNotForEver() throws IOException {
    server.faults.add(FaultyServer.status(302, "Location", "/elsewhere"));
    try (DumpInput input = open()) {
      assertSame(input, 3 << 20, 100);
      assertThat(server.asked).as("the redirect is remembered").hasSize(3);
    }
    server.faults.addAll(Collections.nCopies(30, FaultyServer.status(301, "Location", "/dump")));
    assertThatThrownBy(this::open).hasMessageContaining("more than 10 redirects");
  }

  @Test
  void refusesToBeLedElsewhere() {
    for (String location : List.of("file:///etc/passwd", "ftp://host/x", "jar:file:/x!/y")) {
      server.faults.add(FaultyServer.status(302, "Location", location));
      assertThatThrownBy(this::open).hasMessageContaining("refuses to be redirected from http");
    }
    URI safe = URI.create("https://host/dump");
    assertThatThrownBy(() -> HttpExchange.redirected("x", safe, "http://host/dump"))
        .hasMessage("x: refuses to be redirected from https to http");
  }

  @Test
  void tellsTheNamedServerAloneWhoAsks() throws IOException {
    Map<String, String> environment =
        Map.of("HOME", directory.toString(), "VMCORE_HTTP_TOKEN", "secret-token");
    try (FaultyServer other = new FaultyServer(bytes)) {
      server.faults.add(FaultyServer.status(302, "Location", other.uri()));
      open(environment, server.uri(), false).close();
      assertThat(server.authorizations).containsExactly("Bearer secret-token");
      assertThat(other.authorizations).containsExactly("none");
    }
    server.faults.add(FaultyServer.status(401));
    assertThatThrownBy(() -> open(environment, server.uri() + "?key=signature", false))
        .hasMessageNotContaining("secret-token")
        .hasMessageNotContaining("signature");
  }

  @Test
  void takesNamesAndPasswordsOfTheNetrcFile() throws IOException {
    Files.writeString(
        directory.resolve(".netrc"),
        "machine other login a password b\nmachine 127.0.0.1\n login me\n password pass\n");
    open().close();
    assertThat(server.authorizations).containsExactly("Basic bWU6cGFzcw==");
  }

  @Test
  void refusesAPasswordInAUri() {
    assertThatThrownBy(() -> RemoteUri.parse("https://me:pass@host/x"))
        .hasMessageContaining("https://me:...@host/x: a password in a URI")
        .hasMessageNotContaining("pass@");
  }

  @Test
  void keepsWhatItReadForItsOwnerAlone() throws IOException {
    Map<String, String> environment =
        Map.of("XDG_CACHE_HOME", directory.toString(), "HOME", directory.toString());
    String uri = server.uri() + "?key=signature";
    try (DumpInput input = open(environment, uri, true)) {
      assertSame(input, 0, SIZE);
    }
    int first = server.asked.size();
    List<Path> kept;
    try (Stream<Path> files = Files.walk(directory.resolve("vmcore-gdbserver"))) {
      kept = files.filter(Files::isRegularFile).toList();
    }
    assertThat(kept).hasSize(1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept.get(0))))
        .isEqualTo("rw-------");
    assertThat(kept.get(0).toString()).doesNotContain("signature", "dump");
    try (DumpInput input = open(environment, uri, true)) {
      assertSame(input, 0, SIZE);
    }
    assertThat(server.asked).as("only whether it is still the same").hasSize(first + 1);

    byte[] damaged = Files.readAllBytes(kept.get(0));
    new Random(3).ints(50, 0, damaged.length - 1000).forEach(i -> damaged[i] ^= 1);
    Files.write(kept.get(0), Arrays.copyOf(damaged, damaged.length - 1000));
    try (DumpInput input = open(environment, uri, true)) {
      assertSame(input, 0, SIZE);
    }
  }
}
