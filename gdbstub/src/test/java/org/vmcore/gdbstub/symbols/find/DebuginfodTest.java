package org.vmcore.gdbstub.symbols.find;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.gdbstub.symbols.find.Download.Patience;

/** Against a real HTTP server. */
class DebuginfodTest {
  private static final String ID = "18ea0daec7fca29a772ce6db3d2391f6e93ab555";
  private static final byte[] CONTENT = "debugging information ".repeat(20_000).getBytes(UTF_8);

  @TempDir private Path cache;

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(Answer answer) {
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().getPath());
          answer.to(exchange);
          exchange.close();
        });
  }

  private static void all(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, CONTENT.length);
    exchange.getResponseBody().write(CONTENT);
  }

  private URI uri() {
    return URI.create("http://127.0.0.1:%d/".formatted(server.getAddress().getPort()));
  }

  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Duration SHORT = Duration.ofMillis(200);

  /** However busy this machine is, it is not as slow as that. */
  private static final Patience PATIENT = new Patience(LONG, LONG, LONG);

  /** Whether a test has seen what it wanted to; until then its server waits. */
  private final CountDownLatch seen = new CountDownLatch(1);

  private Debuginfod client(URI... servers) {
    return client(PATIENT, servers);
  }

  private Debuginfod client(Patience patience, URI... servers) {
    return new Debuginfod(cache, List.of(servers), patience, 1 << 30);
  }

  private void awaitSeen() {
    try {
      assertThat(seen.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isRight(Path file) {
    try {
      return new String(Files.readAllBytes(file), UTF_8).startsWith("debugging");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Debuginfod.Lookup find(Debuginfod client) {
    return client.find(ID, DebuginfodTest::isRight, Progress.SILENT);
  }

  private void assertNothingIsKept() throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void whatAServerHasIsKeptWhereTheClientKeepsIt() throws IOException {
    answer(DebuginfodTest::all);
    Path kept = cache.resolve(ID).resolve("debuginfo");

    assertThat(find(client(uri())).file()).contains(kept);
    assertThat(kept).hasBinaryContent(CONTENT);
    assertThat(asked).containsExactly("/buildid/" + ID + "/debuginfo");

    assertThat(find(client(uri())).file()).contains(kept);
    assertThat(find(client().offline()).file()).contains(kept);
    assertThat(asked).hasSize(1);
    try (Stream<Path> files = Files.walk(cache)) {
      assertThat(files.filter(Files::isRegularFile)).containsExactly(kept);
    }
  }

  @Test
  void progressIsTold() {
    answer(
        exchange -> {
          exchange.sendResponseHeaders(200, CONTENT.length);
          exchange.getResponseBody().write(CONTENT, 0, CONTENT.length / 2);
          exchange.getResponseBody().flush();
          awaitSeen();
          exchange.getResponseBody().write(CONTENT, CONTENT.length / 2, CONTENT.length / 2);
        });
    List<Long> totals = new ArrayList<>();
    client(uri())
        .find(
            ID,
            DebuginfodTest::isRight,
            (task, done, total) -> {
              totals.add(total);
              seen.countDown();
            });
    assertThat(totals).isNotEmpty().containsOnly((long) CONTENT.length);
  }

  /** As the client does for a file that no server had. */
  @Test
  void anEmptyFileInTheCacheIsNone() throws IOException {
    Files.createDirectories(cache.resolve(ID));
    Files.createFile(cache.resolve(ID).resolve("debuginfo"));
    assertThat(find(client()).file()).isEmpty();
    answer(DebuginfodTest::all);
    assertThat(find(client(uri())).file()).isPresent();
  }

  @Test
  void theNextServerIsAskedWhatTheFirstDoesNotHave() {
    answer(
        exchange -> {
          if (exchange.getRequestURI().getPath().startsWith("/first/")) {
            exchange.sendResponseHeaders(404, -1);
          } else {
            all(exchange);
          }
        });
    Debuginfod.Lookup found = find(client(uri().resolve("/first/"), uri().resolve("/second/")));
    assertThat(found.file()).isPresent();
    assertThat(asked).hasSize(2);
  }

  @Test
  void whatIsNotThereIsTold() throws IOException {
    answer(exchange -> exchange.sendResponseHeaders(404, -1));
    Debuginfod.Lookup lookup = find(client(uri()));
    assertThat(lookup.file()).isEmpty();
    assertThat(lookup.without())
        .containsExactly(cache.toString(), uri() + " (does not have it: HTTP 404)");
    assertNothingIsKept();
  }

  @Test
  void anotherFileIsNotKept() throws IOException {
    answer(
        exchange -> {
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write("wrong".getBytes(UTF_8));
        });
    assertThat(find(client(uri())).without()).contains(uri() + " (sent another file)");
    assertNothingIsKept();
  }

  @Test
  void aFileThatIsCutShortIsNotKept() throws IOException {
    answer(
        exchange -> {
          exchange.sendResponseHeaders(200, CONTENT.length);
          exchange.getResponseBody().write(CONTENT, 0, 1000);
          exchange.getResponseBody().flush();
        });
    assertThat(find(client(uri())).file()).isEmpty();
    assertNothingIsKept();
  }

  @Test
  void aServerThatStallsIsGivenUp() throws IOException {
    answer(
        exchange -> {
          exchange.sendResponseHeaders(200, CONTENT.length);
          exchange.getResponseBody().write(CONTENT, 0, 1000);
          exchange.getResponseBody().flush();
          awaitSeen();
        });
    assertThat(find(client(new Patience(LONG, LONG, SHORT), uri())).without())
        .contains(
            uri() + " (sent next to nothing within 0 s; DEBUGINFOD_TIMEOUT=SECONDS waits longer)");
    seen.countDown();
    assertNothingIsKept();
  }

  @Test
  void aServerThatDoesNotAnswerIsGivenUpAndThatIsTold() throws IOException {
    List<String> said = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI uri = URI.create("http://127.0.0.1:%d/".formatted(silent.getLocalPort()));
      Debuginfod.Lookup lookup =
          client(new Patience(LONG, SHORT, LONG), uri)
              .find(ID, DebuginfodTest::isRight, telling(said));
      assertThat(lookup.without())
          .contains(uri + " (did not answer within 0 s; DEBUGINFOD_TIMEOUT=SECONDS waits longer)");
      assertThat(said).hasSize(2);
      assertThat(said.get(0)).contains("asking " + uri, ID, "unset DEBUGINFOD_URLS");
      assertThat(said.get(1)).contains("" + uri, "did not answer");
    }
    assertNothingIsKept();
  }

  private static Progress telling(List<String> said) {
    return new Progress() {
      @Override
      public void update(String task, long done, long total) {}

      @Override
      public void say(String sentence) {
        said.add(sentence);
      }
    };
  }

  /** A vmlinux is read into a file, not into memory, and the disk is others' too. */
  @Test
  void whatIsTooLargeIsNotFetched() throws IOException {
    answer(DebuginfodTest::all);
    Debuginfod small = new Debuginfod(cache, List.of(uri()), PATIENT, 1000);
    assertThat(String.join(" ", find(small).without())).contains("too much (DEBUGINFOD_MAXSIZE)");
    assertNothingIsKept();
  }

  @Test
  void whatIsSentWithoutASizeIsWatchedToo() throws IOException {
    answer(
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(CONTENT);
        });
    Debuginfod small = new Debuginfod(cache, List.of(uri()), PATIENT, 1000);
    assertThat(String.join(" ", find(small).without())).contains("too much (DEBUGINFOD_MAXSIZE)");
    assertNothingIsKept();
    assertThat(find(client(uri())).file()).isPresent();
  }

  /** Its words would reach the terminal of somebody who looks at a dump. */
  @Test
  void whatAServerSaysIsNotRepeated() throws Exception {
    try (ServerSocket rude = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Future<?> server =
          threads.submit(
              () -> {
                try (Socket socket = rude.accept()) {
                  socket.getInputStream().read();
                  socket.getOutputStream().write("\033]0;owned\007 x\r\n\r\n".getBytes(UTF_8));
                }
                return null;
              });
      URI uri = URI.create("http://127.0.0.1:%d/".formatted(rude.getLocalPort()));
      String without = String.join(" ", find(client(uri)).without());
      assertThat(without).contains(uri + " (its answer is not HTTP)").doesNotContain("owned");
      server.get();
    }
  }

  /** That of a program that was killed is locked by nobody. */
  @Test
  void whatAnEarlierProgramLeftIsDeleted() throws IOException {
    Path left = Files.writeString(cache.resolve(".vmlinux.123.part"), "half of it");
    Path other = Files.writeString(cache.resolve("other.part"), "not ours");
    answer(DebuginfodTest::all);
    assertThat(find(client(uri())).file()).isPresent();
    assertThat(left).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void withoutNetworkThatIsSaid() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    URI nobody = URI.create("http://127.0.0.1:%d/".formatted(free));
    assertThat(find(client(nobody)).without()).contains(nobody + " (cannot be reached)");
  }

  /** debuginfod_find_debuginfo(3), ENVIRONMENT VARIABLES. */
  @Test
  void theEnvironmentIsThatOfTheClient() {
    Debuginfod usual = Debuginfod.fromEnvironment(Map.of("HOME", "/home/me"));
    assertThat(usual.cache()).isEqualTo(Path.of("/home/me/.cache/debuginfod_client"));
    assertThat(usual.servers()).isEmpty();
    assertThat(usual.patience().answer()).isLessThan(Duration.ofSeconds(10));

    Debuginfod other =
        Debuginfod.fromEnvironment(
            Map.of(
                "HOME", "/home/me",
                "XDG_CACHE_HOME", "/x",
                "DEBUGINFOD_TIMEOUT", "7",
                "DEBUGINFOD_URLS",
                    " https://a.example ima:enforcing http://b.example/d/ https://b|d file:///x"));
    assertThat(other.cache()).isEqualTo(Path.of("/x/debuginfod_client"));
    assertThat(other.patience().answer()).isEqualTo(Duration.ofSeconds(7));
    assertThat(other.servers())
        .containsExactly(URI.create("https://a.example/"), URI.create("http://b.example/d/"));

    assertThat(
            Debuginfod.fromEnvironment(Map.of("HOME", "/home/me", "DEBUGINFOD_CACHE_PATH", "/mine"))
                .cache())
        .isEqualTo(Path.of("/mine"));
  }
}
