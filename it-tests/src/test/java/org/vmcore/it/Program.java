package org.vmcore.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;

/** A running {@code vmcore-gdbserver}, in a process of its own, as users start it. */
final class Program implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("(?m)^Listening on port (\\d+)$");

  /** USER_HZ, as Linux has it on all architectures of today but Alpha. */
  private static final double USER_TICKS_PER_SECOND = 100;

  private static final Duration START = Duration.ofSeconds(60);

  /** Archives that make starting faster go below target, not into the user's cache. */
  static final Map<String, String> ENVIRONMENT =
      Map.of("XDG_CACHE_HOME", Checkout.target("it-tests").resolve("cache").toString());

  /**
   * Before a command line that is to be interrupted. What a shell without job control starts in the
   * background ignores SIGINT (POSIX, Shell Command Language, 2.11), and so does all that this
   * starts, as these tests may.
   */
  static final List<String> INTERRUPTIBLE = List.of("env", "--default-signal=INT");

  private final Process process;
  private final Path output;

  private Program(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** The command line that runs the program. */
  static List<String> words(Object... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Checkout.root().resolve("gdbstub/bin/vmcore-gdbserver").toString());
    Arrays.stream(arguments).map(Object::toString).forEach(words::add);
    return words;
  }

  /** Runs it to its end. */
  static Command.Result run(Object... arguments) {
    return Command.of(words(arguments)).environment(ENVIRONMENT).run();
  }

  /** The same of what takes longer than most. */
  static Command.Result run(Duration limit, Object... arguments) {
    return Command.of(words(arguments)).environment(ENVIRONMENT).limit(limit).run();
  }

  /**
   * Serves a dump on a free port; returns when it listens. What a test asks of it is over before
   * Java's optimizing compiler has paid for its work, a third of all.
   */
  static Program serve(Object dump, Object... options) {
    return serveWithJavaOptions("-XX:TieredStopAtLevel=1", dump, options);
  }

  /** The same to measure it. */
  static Program serveOptimized(Object dump, Object... options) {
    return serveWithJavaOptions("", dump, options);
  }

  /** The same with options for the JVM. */
  static Program serveWithJavaOptions(String javaOptions, Object dump, Object... options) {
    return serveWithEnvironment(Map.of("VMCORE_GDBSERVER_JAVA_OPTS", javaOptions), dump, options);
  }

  /** The same with variables added to its environment. */
  static Program serveWithEnvironment(
      Map<String, String> environment, Object dump, Object... options) {
    List<Object> arguments = new ArrayList<>(List.of("serve", "--listen", "127.0.0.1:0"));
    arguments.addAll(Arrays.asList(options));
    arguments.add(dump);
    Program program = start(environment, arguments.toArray());
    program.awaitOutput(LISTENING);
    return program;
  }

  /** Starts it without waiting for anything. */
  static Program start(Object... arguments) {
    return start(Map.of(), arguments);
  }

  private static Program start(Map<String, String> environment, Object... arguments) {
    return start(environment, words(arguments));
  }

  /** Starts another program on the class path of the tests, in a JVM of its own. */
  static Program java(String mainClass, String... arguments) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> words = new ArrayList<>(List.of(java, "-XX:+UseParallelGC"));
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    words.addAll(Arrays.asList(arguments));
    return command(words);
  }

  /** Starts any program. */
  static Program command(List<String> words) {
    return start(Map.of(), words);
  }

  private static Program start(Map<String, String> environment, List<String> words) {
    try {
      Path output = Files.createTempFile("vmcore-gdbserver", ".log");
      ProcessBuilder builder = new ProcessBuilder(words);
      builder.environment().putAll(ENVIRONMENT);
      builder.environment().putAll(environment);
      builder.redirectErrorStream(true).redirectOutput(output.toFile());
      return new Program(builder.start(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the program has printed something. */
  Matcher awaitOutput(Pattern pattern) {
    try {
      await()
          .atMost(START)
          .pollInterval(Duration.ofMillis(10))
          .pollDelay(Duration.ZERO)
          .until(() -> !process.isAlive() || pattern.matcher(output()).find());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    Matcher matcher = pattern.matcher(output());
    if (!matcher.find()) {
      throw new AssertionError("vmcore-gdbserver ended; it said:\n" + output());
    }
    return matcher;
  }

  /** The port that the program says it listens on. */
  int port() {
    return Integer.parseInt(awaitOutput(LISTENING).group(1));
  }

  /** What gdb connects to. */
  String address() {
    return "127.0.0.1:" + port();
  }

  /** All that the program has printed, standard error included. */
  String output() {
    try {
      return Command.text(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Memory that the process has resident, in bytes ({@code VmRSS}, proc(5)). */
  long residentBytes() {
    return statusBytes("VmRSS:");
  }

  /** The most that it has had ({@code VmHWM}). */
  long peakResidentBytes() {
    return statusBytes("VmHWM:");
  }

  private long statusBytes(String name) {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
              .filter(line -> line.startsWith(name))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow()
          << 10;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Seconds of CPU that it has used so far, in the kernel too, with what processes used that it
   * waited for ({@code utime} to {@code cstime} of /proc/PID/stat, proc(5)).
   */
  double cpuSeconds() {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      // The name before may have spaces; the first field after it is the third.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Arrays.stream(fields, 14 - 3, 18 - 3).mapToLong(Long::parseLong).sum()
          / USER_TICKS_PER_SECOND;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a signal, such as {@code INT}, which Ctrl-C is. */
  void signal(String name) {
    Command.of("kill", "-" + name, Long.toString(process.pid())).run();
  }

  /** Sends a signal to it and all that it started, if it leads a group, as a terminal does. */
  void signalGroup(String name) {
    Command.of("kill", "-" + name, "--", "-" + process.pid()).run();
  }

  /** Waits for the end; returns the exit status. */
  int awaitEnd() {
    try {
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        throw new AssertionError("vmcore-gdbserver has not ended; it said:\n" + output());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    Command.killTree(process);
    try {
      process.waitFor();
      Files.deleteIfExists(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
