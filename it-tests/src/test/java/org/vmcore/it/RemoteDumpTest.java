package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/** A dump on a server that takes its time for each request, against the same as a file. */
@Tag("slow")
@NeedsCorpus
class RemoteDumpTest {
  private static final Path DUMP = CorpusDump.ZLIB.file();
  private static final long LATENCY_MILLIS = 50;
  private static final int MOST_REQUESTS = 8;

  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");
  private static final Pattern COST =
      Pattern.compile("(\\d+) requests?, ([0-9.]+) of ([0-9.]+) MiB");

  private final ExecutorService workers = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    byte[] bytes = Files.readAllBytes(DUMP);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> answer(exchange, bytes));
    server.setExecutor(workers);
    server.start();
  }

  private static void answer(HttpExchange exchange, byte[] bytes) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(LATENCY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Matcher range =
        RANGE.matcher(Objects.requireNonNull(exchange.getRequestHeaders().getFirst("Range")));
    if (range.matches()) {
      int first = Integer.parseInt(range.group(1));
      int last = Math.min(Integer.parseInt(range.group(2)), bytes.length - 1);
      String told = "bytes %d-%d/%d".formatted(first, last, bytes.length);
      exchange.getResponseHeaders().add("Content-Range", told);
      exchange.getResponseHeaders().add("ETag", "\"the only one\"");
      exchange.sendResponseHeaders(206, last - first + 1L);
      exchange.getResponseBody().write(bytes, first, last - first + 1);
    }
    exchange.close();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    workers.shutdownNow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sys", "bt", "ps", "log", "analyze"})
  void tellsTheSameInFewRequests(String command) {
    Command.Result there = remotely(command);
    assertThat(there.out().replace(uri(), DUMP.toString()))
        .isEqualTo(Program.run(command, DUMP).out());
  }

  /** Which tells of the file, too. */
  @Test
  void isDescribedInFewRequests() {
    assertThat(remotely("info").out()).contains("kdump-compressed", uri());
  }

  private Command.Result remotely(String command) {
    Command.Result there = Program.run(command, uri(), "--no-remote-cache");
    assertThat(there.exit()).as(there.toString()).isZero();
    Matcher cost = COST.matcher(there.err());
    assertThat(cost.find()).as(there.err()).isTrue();
    System.out.println(command + ": " + cost.group());
    assertThat(Integer.parseInt(cost.group(1))).isLessThanOrEqualTo(MOST_REQUESTS);
    return there;
  }

  private String uri() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/vmcore";
  }
}
