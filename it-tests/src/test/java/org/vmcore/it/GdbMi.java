package org.vmcore.it;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.vmcore.testing.Command;

/** A stock gdb driven through gdb/MI, as IDEs do. */
final class GdbMi implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String END = "\0end";

  private final Process process;
  private final BufferedWriter commands;
  private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> asynchronous = new ArrayList<>();
  private int token;

  /**
   * What came back for one command.
   *
   * @param result the result record
   * @param text what it wrote to the console, the target's text included
   */
  record Reply(MiRecord result, String text) {
    boolean isError() {
      return result.name().equals("error");
    }
  }

  private GdbMi(Process process) {
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread reader = new Thread(this::readLines, "gdb/MI reader");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts gdb; skips the test where there is none. */
  static GdbMi start(Object... arguments) {
    return startProgram("gdb", arguments);
  }

  private static GdbMi startProgram(String gdb, Object... arguments) {
    Gdb.assumeInstalled(gdb);
    List<String> words = new ArrayList<>(List.of(gdb, "--interpreter=mi3"));
    words.addAll(Gdb.QUIET);
    for (Object argument : arguments) {
      words.add(argument.toString());
    }
    try {
      ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
      builder.environment().put("HOME", "/nonexistent");
      return new GdbMi(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts gdb and connects it to a server. */
  static GdbMi connect(Program server, Object... arguments) {
    return start(arguments).connect(server);
  }

  /** Starts the gdb that knows all architectures and connects it to a server. */
  static GdbMi connectMultiarch(Program server, Object... arguments) {
    return startProgram("gdb-multiarch", arguments).connect(server);
  }

  private GdbMi connect(Program server) {
    must("-target-select remote " + server.address());
    return this;
  }

  /** Sends one MI command and waits for nothing. */
  void post(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends one MI command and waits for its result. */
  Reply send(String command) {
    try {
      String mark = ++token + "^";
      commands.write(token + command + "\n");
      commands.flush();
      StringBuilder text = new StringBuilder();
      while (true) {
        String line = lines.poll(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null || line.equals(END)) {
          lines.add(END);
          throw new AssertionError(
              "gdb %s at %s; it said: %s"
                  .formatted(line == null ? "hangs" : "ended", command, text));
        }
        if (line.startsWith(mark)) {
          return new Reply(MiRecord.parse(line.substring(mark.length())), text.toString());
        }
        if (line.startsWith("~") || line.startsWith("@")) {
          text.append(MiRecord.unquoted(line.substring(1)));
        } else if (line.startsWith("*") || line.startsWith("=")) {
          asynchronous.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Sends a command that must succeed. */
  Reply must(String command) {
    Reply reply = send(command);
    if (reply.isError()) {
      throw new AssertionError(command + ": " + reply.result().results() + " " + reply.text());
    }
    return reply;
  }

  /** Runs a command of gdb's command line; returns what it printed, or the error's text. */
  String cli(String command) {
    Reply reply =
        send(
            "-interpreter-exec console \""
                + command.replace("\\", "\\\\").replace("\"", "\\\"")
                + '"');
    return reply.isError() ? reply.text() + reply.result().string("msg") : reply.text();
  }

  String monitor(String command) {
    return cli("monitor " + command);
  }

  /** Bytes of memory as hexadecimal digits, or empty where gdb reports an error. */
  String memory(long address, int length) {
    Reply reply = send("-data-read-memory-bytes %#x %d".formatted(address, length));
    if (reply.isError()) {
      return "";
    }
    StringBuilder bytes = new StringBuilder();
    for (Map<String, Object> block : reply.result().list("memory")) {
      bytes.append(MiRecord.get(block, "contents"));
    }
    return bytes.toString();
  }

  String evaluate(String expression) {
    Reply reply = send("-data-evaluate-expression \"" + expression.replace("\"", "\\\"") + '"');
    return reply.result().string(reply.isError() ? "msg" : "value");
  }

  /** The asynchronous records so far, such as {@code *stopped,...}. */
  List<String> asynchronous() {
    return List.copyOf(asynchronous);
  }

  /** Ends gdb as a crash would, with all connections open. */
  void kill() {
    Command.killTree(process);
  }

  @Override
  public void close() {
    kill();
  }

  private void readLines() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      // The process was killed; what is waiting for it is told below.
    } finally {
      lines.add(END);
    }
  }
}
