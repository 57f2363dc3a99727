package org.vmcore.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server of one file, in ranges, that takes its time for each request. */
final class SlowServer implements AutoCloseable {
  private static final long LATENCY_MILLIS = 50;
  private static final int BROKEN_AFTER = 1000;
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

  private final byte[] bytes;
  private final HttpServer server;
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final Set<String> answered = ConcurrentHashMap.newKeySet();

  /** Whether the connection of each range's first answer breaks. */
  private volatile boolean breaksOff;

  /** What clients said of themselves. */
  private final List<String> authorizations = new CopyOnWriteArrayList<>();

  SlowServer(Path file) throws IOException {
    bytes = Files.readAllBytes(file);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(workers);
    server.start();
  }

  String uri() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/vmcore";
  }

  /** From now on, the first answer of each range ends before its last byte. */
  void breakOffOnce() {
    breaksOff = true;
  }

  List<String> authorizations() {
    return authorizations;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(LATENCY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    String asked = String.valueOf(exchange.getRequestHeaders().getFirst("Range"));
    Matcher range = RANGE.matcher(asked);
    if (!range.matches()) {
      exchange.sendResponseHeaders(400, -1);
      exchange.close();
      return;
    }
    int first = Integer.parseInt(range.group(1));
    int last = Math.min(Integer.parseInt(range.group(2)), bytes.length - 1);
    String told = "bytes %d-%d/%d".formatted(first, last, bytes.length);
    exchange.getResponseHeaders().add("Content-Range", told);
    exchange.getResponseHeaders().add("ETag", "\"the only one\"");
    exchange.sendResponseHeaders(206, last - first + 1L);
    OutputStream out = exchange.getResponseBody();
    boolean breaks = breaksOff && answered.add(asked) && last - first > BROKEN_AFTER;
    out.write(bytes, first, breaks ? BROKEN_AFTER : last - first + 1);
    out.flush();
    // With bytes missing, this closes the connection.
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
