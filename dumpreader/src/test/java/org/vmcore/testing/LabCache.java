package org.vmcore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The dumps that the lab has made, each in a directory of its name and of what the scripts and
 * their options were, so that all checkouts of the same scripts share them.
 */
public final class LabCache {
  /** Where the lab's scripts keep what they download, too. */
  public static final Path ROOT =
      Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
          .filter(path -> !path.isEmpty())
          .map(Path::of)
          .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
          .resolve("vmcore-gdbserver/lab");

  static final Path DUMPS = ROOT.resolve("dumps");

  static final boolean MAKES = System.getProperty("vmcore.lab", "").equals("make");

  /** What the scripts exit with where they lack a program, the packages or the network. */
  private static final int CANNOT = 77;

  private static final String MODULE_BUILDER = "build-module";

  private static final List<String> SCRIPTS =
      List.of(
          "crash-debian",
          "debian-packages",
          "guest",
          "init",
          "causes/crash-causes",
          "lab-objects",
          "lab-queued",
          "lab-spinning",
          "lab-stopped",
          "lab-waiting");

  private static final Map<LabDump, Command.Result> RUNS = new EnumMap<>(LabDump.class);

  private LabCache() {}

  /** Skips the test where a script of the lab could not do its work, and fails where it did not. */
  public static void assumeItCould(Command.Result run) {
    assumeTrue(run.exit() != CANNOT, lastLine(run));
    assertThat(run.exit()).as(run.toString()).isZero();
  }

  private static String lastLine(Command.Result run) {
    return run.err().lines().reduce("", (before, line) -> line);
  }

  /**
   * The directory of a dump; skips the test where there is none and none is to be, or can be made.
   */
  static synchronized Path dump(LabDump dump, List<String> options) {
    String name = name(dump);
    Path kept = DUMPS.resolve(name + "-" + key(dump, options));
    if (Files.isDirectory(kept)) {
      return kept;
    }
    assumeTrue(
        MAKES,
        "no dump from the lab for want of a corpus (-Pfull, or -Dvmcore.lab=make, makes it)");
    // Tried once; all tests after the first are told the same.
    Command.Result run = RUNS.get(dump);
    if (run == null) {
      run = make(dump, kept, options);
      RUNS.put(dump, run);
    }
    assumeTrue(run.exit() == 0 || dump.counts(), lastLine(run));
    assumeItCould(run);
    return kept;
  }

  private static String name(LabDump dump) {
    return dump.name().toLowerCase(Locale.ROOT);
  }

  private static String key(LabDump dump, List<String> options) {
    List<String> sources = new ArrayList<>(SCRIPTS);
    dump.module().ifPresent(module -> sources.addAll(List.of(MODULE_BUILDER, module)));
    return key(sources, options);
  }

  /** What is made anew when one of the lab's files changes, or an option. */
  static String key(List<String> sources, List<String> options) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String source : sources) {
        digest.update(Files.readAllBytes(Checkout.lab(source)));
      }
      digest.update(options.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(), 0, 6);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where KVM is there and does not work, that takes a minute to find out, once. */
  static List<String> withoutKvm() {
    boolean fails = RUNS.values().stream().anyMatch(run -> run.err().contains("KVM does not work"));
    return fails ? List.of("--no-kvm") : List.of();
  }

  private static Command.Result make(LabDump dump, Path kept, List<String> options) {
    String name = name(dump);
    Path made = DUMPS.resolve("." + name);
    List<String> words = new ArrayList<>(List.of("" + Checkout.lab("crash-debian")));
    words.addAll(List.of("--no-install", "--out", "" + made, "--cache", "" + ROOT));
    words.addAll(List.of("--timeout", "180"));
    words.addAll(options);
    words.addAll(withoutKvm());
    try {
      Files.createDirectories(DUMPS);
      try (FileChannel channel =
          FileChannel.open(
              DUMPS.resolve("." + name + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE)) {
        // Held until the channel is closed; another checkout may be making the same.
        FileLock unused = channel.lock();
        delete(made);
        if (dump.module().isPresent()) {
          Path module = DUMPS.resolve("." + name + ".ko");
          Command.Result built = build(dump.kernel(), dump.module().get(), module);
          if (built.exit() != 0) {
            return built;
          }
          words.addAll(List.of("--module", module.toString()));
        }
        Command.Result run = Command.of(words).limit(Duration.ofMinutes(8)).run();
        if (run.exit() == 0 && !Files.isDirectory(kept)) {
          for (Path old : list(DUMPS)) {
            if (old.getFileName().toString().matches(name + "-\\w+")) {
              delete(old);
            }
          }
          Files.move(made, kept);
        }
        return run;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Command.Result build(String kernel, String source, Path module) {
    return Command.of(
            Checkout.lab(MODULE_BUILDER).toString(),
            kernel,
            Checkout.lab(source).toString(),
            module.toString())
        .limit(Duration.ofMinutes(5))
        .run();
  }

  static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  /** A directory of files and of directories of files. */
  static void delete(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    for (Path file : list(directory)) {
      if (Files.isDirectory(file)) {
        delete(file);
      } else {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
