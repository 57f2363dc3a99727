package org.vmcore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.vmcore.testing.Command;

/**
 * A debug adapter, spoken to as an editor does (Debug Adapter Protocol, "Base protocol"): messages
 * of JSON with a header {@code Content-Length}.
 */
final class Dap implements AutoCloseable {
  private static final long SECONDS = 30;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final LinkedBlockingQueue<JsonNode> arrived = new LinkedBlockingQueue<>();

  /** All that was said, for the message of a test that fails. */
  private final List<String> transcript = new ArrayList<>();

  private final List<JsonNode> kept = new ArrayList<>();
  private int sequence;

  private Dap(Process process) {
    this.process = process;
    Thread reader = new Thread(this::read, "debug adapter reader");
    reader.setDaemon(true);
    reader.start();
  }

  static Dap start(List<String> words) {
    try {
      ProcessBuilder builder = new ProcessBuilder(words);
      builder.environment().put("HOME", "/nonexistent");
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      return new Dap(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (DataInputStream in = new DataInputStream(process.getInputStream())) {
      for (String header = line(in); header != null; header = line(in)) {
        if (header.startsWith("Content-Length: ")) {
          byte[] body = new byte[Integer.parseInt(header.substring(16))];
          while (!line(in).isEmpty()) {}
          in.readFully(body);
          JsonNode message = JSON.readTree(body);
          say("<", message);
          arrived.add(message);
        }
      }
    } catch (IOException | NullPointerException e) {
      say("<", JSON.createObjectNode().put("end", String.valueOf(e)));
    }
  }

  private static String line(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the adapter has ended");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private void say(String who, JsonNode message) {
    synchronized (transcript) {
      String text = message.toString();
      transcript.add(who + " " + text.substring(0, Math.min(text.length(), 600)));
    }
  }

  private AssertionError failure(String what) {
    synchronized (transcript) {
      List<String> last =
          transcript.subList(Math.max(0, transcript.size() - 20), transcript.size());
      return new AssertionError(what + "; the last messages were:\n" + String.join("\n", last));
    }
  }

  /** Sends a request; returns its number. */
  int post(String command, Map<String, ?> arguments) {
    ObjectNode message = JSON.createObjectNode();
    message.put("seq", ++sequence).put("type", "request").put("command", command);
    message.set("arguments", JSON.valueToTree(arguments));
    say(">", message);
    byte[] body = message.toString().getBytes(UTF_8);
    try {
      process
          .getOutputStream()
          .write(("Content-Length: " + body.length + "\r\n\r\n").getBytes(ISO_8859_1));
      process.getOutputStream().write(body);
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw failure(command + ": " + e.getMessage());
    }
    return sequence;
  }

  /** The body of the response to a request, which must not be an error. */
  JsonNode await(int request) {
    JsonNode response =
        next(
            "a response to request " + request,
            message ->
                message.path("type").asText().equals("response")
                    && message.path("request_seq").asInt() == request);
    if (!response.path("success").asBoolean()) {
      throw failure("an error: " + response);
    }
    return response.path("body");
  }

  JsonNode request(String command, Map<String, ?> arguments) {
    return await(post(command, arguments));
  }

  /** Forgets the events that have come so far. */
  void forgetEvents() {
    arrived.drainTo(kept);
    kept.removeIf(message -> message.path("type").asText().equals("event"));
  }

  /** The body of an event, which may have come already. */
  JsonNode event(String name) {
    return next(
            "event " + name,
            message ->
                message.path("type").asText().equals("event")
                    && message.path("event").asText().equals(name))
        .path("body");
  }

  private JsonNode next(String what, Predicate<JsonNode> wanted) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    for (int i = 0; ; i++) {
      if (i == kept.size()) {
        kept.add(arrivedBefore(end, what));
      }
      if (wanted.test(kept.get(i))) {
        return kept.remove(i);
      }
    }
  }

  private JsonNode arrivedBefore(long end, String what) {
    try {
      JsonNode message = arrived.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (message == null) {
        throw failure("there was not " + what);
      }
      return message;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("interrupted");
    }
  }

  @Override
  public void close() {
    Command.killTree(process);
  }
}
