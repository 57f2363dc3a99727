package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The dump of a stock Debian kernel that {@code lab/crash-debian} boots and crashes, with what that
 * kernel said of itself before. It is made once and kept in {@code target} until the scripts
 * change.
 */
final class DebianLab {
  private static final Path SCRIPTS = Path.of("lab").toAbsolutePath();
  private static final Path KEPT = Path.of("target", "lab").toAbsolutePath();

  /** What the script exits with where it lacks a program, the packages or the network. */
  private static final int CANNOT = 77;

  private static final Map<String, Command.Result> RUNS = new HashMap<>();

  /** Whose kernel. */
  enum Kernel {
    /** That of the Debian that the tests run on. */
    OURS("", "-l -d 31"),
    /** The newest; makedumpfile does not know it yet and would leave out pages of the kernel's. */
    SID("sid", "-l -d 1");

    private final String release;
    private final String makedumpfile;

    Kernel(String release, String makedumpfile) {
      this.release = release;
      this.makedumpfile = makedumpfile;
    }
  }

  private final Path directory;

  private DebianLab(Path directory) {
    this.directory = directory;
  }

  /** Skips the test where no such machine can be had. */
  static DebianLab crashed(Kernel kernel) {
    return crashed(
        kernel.name().toLowerCase(Locale.ROOT),
        List.of("--release", kernel.release, "--makedumpfile", kernel.makedumpfile));
  }

  /**
   * One of whose processes gdb wrote the core before it crashed, and which has user memory and page
   * cache.
   */
  static DebianLab debugged() {
    return crashed("gcore", List.of("--gcore", "--makedumpfile", "-l -d 1"));
  }

  /** One with tasks that wait for one another, which the module {@code lab_waits} made. */
  static DebianLab waiting() {
    Path module = KEPT.resolve("lab_waits.ko");
    try {
      Files.createDirectories(KEPT);
      if (!isCurrent(module)) {
        Command.Result built =
            Command.of(
                    SCRIPTS.resolve("build-module").toString(),
                    "linux-image-cloud-amd64",
                    SCRIPTS.resolve("waits").resolve("lab_waits.c").toString(),
                    module.toString())
                .limit(Duration.ofMinutes(5))
                .run();
        assumeFalse(built.exit() == CANNOT, lastLine(built.err()));
        assertThat(built.exit()).as(built.toString()).isZero();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return crashed("waits", List.of("--module", module.toString()));
  }

  private static synchronized DebianLab crashed(String name, List<String> options) {
    Path out = KEPT.resolve(name);
    try {
      // Tried once; all tests after the first are told the same.
      if (!RUNS.containsKey(name) && !isCurrent(out.resolve("vmcore"))) {
        RUNS.put(name, crash(options, out));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Command.Result run = RUNS.get(name);
    if (run != null) {
      assumeFalse(run.exit() == CANNOT, lastLine(run.err()));
      assertThat(run.exit()).as(run.toString()).isZero();
    }
    return new DebianLab(out);
  }

  private static boolean isCurrent(Path dump) throws IOException {
    if (!Files.exists(dump)) {
      return false;
    }
    FileTime made = Files.getLastModifiedTime(dump);
    try (Stream<Path> scripts = Files.walk(SCRIPTS)) {
      for (Path script : (Iterable<Path>) scripts::iterator) {
        if (Files.getLastModifiedTime(script).compareTo(made) > 0) {
          return false;
        }
      }
    }
    return true;
  }

  private static Command.Result crash(List<String> options, Path out) {
    List<String> words = new ArrayList<>();
    words.add(SCRIPTS.resolve("crash-debian").toString());
    words.addAll(List.of("--no-install", "--out", out.toString()));
    words.addAll(List.of("--cache", KEPT.resolve("cache").toString(), "--timeout", "180"));
    words.addAll(options);
    return Command.of(words).limit(Duration.ofMinutes(8)).run();
  }

  /** Its vmlinux with debug info; skips the test where the debug package cannot be had. */
  Path vmlinux() {
    String release = text("uname.txt").split(" ", -1)[2];
    Command.Result run =
        Command.of(
                SCRIPTS.resolve("kernel-debug").toString(),
                "--cache",
                KEPT.resolve("cache").toString(),
                release)
            .limit(Duration.ofMinutes(8))
            .run();
    assumeFalse(run.exit() == CANNOT, lastLine(run.err()));
    assertThat(run.exit()).as(run.toString()).isZero();
    return Path.of(run.out().strip());
  }

  private static String lastLine(String text) {
    return text.lines().reduce("", (before, line) -> line);
  }

  Path dump() {
    return directory.resolve("vmcore");
  }

  /** What the kernel said, in the file of that name. */
  String text(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> lines(String name) {
    return text(name).lines().toList();
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  /** The first match of a pattern in a file. */
  MatchResult find(String name, String pattern) {
    return Pattern.compile(pattern, Pattern.MULTILINE)
        .matcher(text(name))
        .results()
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + pattern + " in " + file(name)));
  }

  /** PID of the process of a name. */
  int pid(String name) {
    return Integer.parseInt(
        find("ps.txt", "^(\\d+) \\d+ \\w " + Pattern.quote(name) + "$").group(1));
  }

  /** The lines of {@code /proc/kallsyms} that are of the kernel itself, without its modules. */
  List<String> kallsyms() {
    return lines("kallsyms.txt").stream().filter(line -> !line.contains("\t[")).toList();
  }

  /**
   * The same of each module, without the column that names it. Types are in lower case: of a
   * module's symbols /proc/kallsyms makes those upper case that are exported, whatever the type
   * (s_show() in Linux kernel/kallsyms.c).
   */
  Map<String, List<String>> moduleKallsyms() {
    Map<String, List<String>> symbols = new HashMap<>();
    for (String line : lines("kallsyms.txt")) {
      int tab = line.indexOf("\t[");
      if (tab >= 0) {
        symbols
            .computeIfAbsent(line.substring(tab + 2, line.length() - 1), name -> new ArrayList<>())
            .add(
                line.substring(0, 17)
                    + Character.toLowerCase(line.charAt(17))
                    + line.substring(18, tab));
      }
    }
    return symbols;
  }

  /** The address of a symbol of the kernel or, written {@code name [module]}, of a module. */
  long symbol(String name) {
    String words = Pattern.quote(name.replace(" [", "\t["));
    return Long.parseUnsignedLong(
        find("kallsyms.txt", "^([0-9a-f]+) \\w " + words + "$").group(1), 16);
  }
}
