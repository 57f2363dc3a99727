package org.vmcore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A program that is run to its end, with a limit on the time it may take. */
public final class Command {
  /** What a program left behind. */
  public static final class Result {
    private final int exit;
    private final byte[] stdout;
    private final String err;

    private Result(int exit, byte[] stdout, String err) {
      this.exit = exit;
      this.stdout = stdout;
      this.err = err;
    }

    public int exit() {
      return exit;
    }

    /** Standard output as bytes. */
    public byte[] bytes() {
      return stdout.clone();
    }

    /** Standard output as text. */
    public String out() {
      return new String(stdout, StandardCharsets.UTF_8);
    }

    /** Standard error as text. */
    public String err() {
      return err;
    }

    /** Both streams. */
    public String all() {
      return out() + err;
    }

    @Override
    public String toString() {
      return "exit %d, output:%n%s%nerror:%n%s".formatted(exit, out(), err);
    }
  }

  private final List<String> words;
  private final Map<String, String> environment = new HashMap<>();
  private Duration limit = Duration.ofSeconds(60);
  private @Nullable Path input;
  private @Nullable Path directory;

  private Command(List<String> words) {
    this.words = List.copyOf(words);
  }

  public static Command of(List<String> words) {
    return new Command(words);
  }

  public static Command of(String... words) {
    return new Command(Arrays.asList(words));
  }

  public Command limit(Duration value) {
    limit = value;
    return this;
  }

  public Command environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  public Command environment(Map<String, String> values) {
    environment.putAll(values);
    return this;
  }

  public Command input(Path file) {
    input = file;
    return this;
  }

  public Command directory(Path value) {
    directory = value;
    return this;
  }

  /**
   * @throws AssertionError when the program takes longer than it may; it is killed then
   */
  public Result run() {
    try {
      Path out = Files.createTempFile("vmcore-it", ".out");
      Path err = Files.createTempFile("vmcore-it", ".err");
      try {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().putAll(environment);
        builder.redirectInput(input == null ? Path.of("/dev/null").toFile() : input.toFile());
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        if (directory != null) {
          builder.directory(directory.toFile());
        }
        Process process = builder.start();
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          killTree(process);
          throw new AssertionError(
              "%s did not end within %s; it said:%n%s%s"
                  .formatted(words, limit, text(out), text(err)));
        }
        return new Result(process.exitValue(), Files.readAllBytes(out), text(err));
      } finally {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while " + words + " ran", e);
    }
  }

  /** What a file holds by now; half a character at its end, or noise in it, is no error. */
  public static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /** Kills a process and all that it started. */
  public static void killTree(Process process) {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  /** Whether a program is on the search path, or there if it is a path itself. */
  public static boolean isInstalled(String program) {
    if (program.contains("/")) {
      return Files.isExecutable(Path.of(program));
    }
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .map(directory -> Path.of(directory, program))
        .anyMatch(Files::isExecutable);
  }

  /** Skips the test where a program is not installed. */
  public static void assumeInstalled(String program) {
    assumeTrue(isInstalled(program), program + " is not installed");
  }

  /** Runs a program that must succeed, in the C locale, and returns both of its streams. */
  public static String mustRun(String program, Object... arguments) {
    assumeInstalled(program);
    List<String> words = new ArrayList<>(List.of(program));
    Arrays.stream(arguments).map(Object::toString).forEach(words::add);
    Result result = of(words).environment("LC_ALL", "C").run();
    assertThat(result.exit()).as("%s: %s", words, result).isZero();
    return result.all();
  }
}
