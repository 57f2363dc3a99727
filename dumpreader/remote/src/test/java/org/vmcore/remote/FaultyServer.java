package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server of one object at {@code /dump}, the JDK's, which answers as a test wants it to. */
final class FaultyServer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private final CountDownLatch closed = new CountDownLatch(1);

  /** The object. */
  volatile byte[] bytes;

  volatile String tag = "\"one\"";
  volatile boolean ranges = true;
  volatile int delayMillis;

  /** What goes wrong with the next requests, one each. */
  final ConcurrentLinkedQueue<Fault> faults = new ConcurrentLinkedQueue<>();

  /** The Authorization header of each request, or "none", and its range. */
  final List<String> authorizations = new CopyOnWriteArrayList<>();

  /** The path of each request, as it was sent. */
  final List<String> paths = new CopyOnWriteArrayList<>();

  /** Its query. */
  final List<String> queries = new CopyOnWriteArrayList<>();

  final List<String> asked = new CopyOnWriteArrayList<>();

  /** Answers in place of the object. */
  @FunctionalInterface
  interface Fault {
    void answer(HttpExchange exchange) throws IOException;
  }

  FaultyServer(byte[] bytes) throws IOException {
    this.bytes = bytes;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** A whole answer. */
  static Fault text(String text) {
    return exchange -> {
      byte[] bytes = text.getBytes(UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  String uri() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/dump";
  }

  private void handle(HttpExchange exchange) throws IOException {
    try {
      Thread.sleep(delayMillis);
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      authorizations.add(authorization == null ? "none" : authorization);
      paths.add(exchange.getRequestURI().getRawPath());
      queries.add(String.valueOf(exchange.getRequestURI().getRawQuery()));
      asked.add(String.valueOf(exchange.getRequestHeaders().getFirst("Range")));
      Fault fault = faults.poll();
      if (fault == null) {
        send(exchange);
      } else {
        fault.answer(exchange);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private void send(HttpExchange exchange) throws IOException {
    byte[] all = bytes;
    exchange.getResponseHeaders().set("ETag", tag);
    String asksFor = exchange.getRequestHeaders().getFirst("Range");
    String ifRange = exchange.getRequestHeaders().getFirst("If-Range");
    Matcher range = RANGE.matcher(asksFor == null ? "" : asksFor);
    if (!ranges || !range.matches() || (ifRange != null && !ifRange.equals(tag))) {
      exchange.sendResponseHeaders(200, all.length);
      write(exchange, all);
      return;
    }
    int first = Integer.parseInt(range.group(1));
    int last = Math.min(all.length - 1, Integer.parseInt(range.group(2)));
    sendPart(exchange, first, last);
  }

  /** Says nothing more until it is closed. */
  void hang() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends a part, whatever was asked for. */
  void sendPart(HttpExchange exchange, int first, int last) throws IOException {
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + first + "-" + last + "/" + bytes.length);
    exchange.sendResponseHeaders(206, last - first + 1);
    write(exchange, Arrays.copyOfRange(bytes, first, last + 1));
  }

  private static void write(HttpExchange exchange, byte[] part) {
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(part);
    } catch (IOException e) {
      // The client has gone, or less was sent than was told: what is tested.
    }
  }

  /** Answers with a status and headers alone. */
  static Fault status(int status, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** Breaks off behind some bytes of the range that it promised. */
  Fault reset() {
    return exchange -> {
      Matcher range = RANGE.matcher(exchange.getRequestHeaders().getFirst("Range"));
      int first = range.matches() ? Integer.parseInt(range.group(1)) : 0;
      int last = Math.min(bytes.length - 1, Integer.parseInt(range.group(2)));
      exchange.getResponseHeaders().set("ETag", tag);
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + first + "-" + last + "/" + bytes.length);
      exchange.sendResponseHeaders(206, last - first + 1);
      // Left open: closing the exchange closes the connection then.
      OutputStream out = exchange.getResponseBody();
      out.write(bytes, first, 100);
      out.flush();
    };
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
