package org.vmcore.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Dumps of one kernel of Debian that was brought down in ways that are known, by the module {@code
 * lab/causes/lab_causes.c}. Each is made once and kept, like a {@link LabDump}.
 */
@SuppressWarnings("ImmutableEnumChecker") // Its lists are made by List.of.
public enum LabCauses {
  /** That of the Debian that the tests run on. */
  OURS(),
  /** Linux 6.12. */
  TRIXIE("--release", "trixie"),
  /** The newest, which makedumpfile does not know yet. */
  SID("--release", "sid", "--makedumpfile", "-l -d 1"),
  /** That of this Debian, for arm64. */
  ARM64("--arch", "arm64"),
  /** And for s390x. */
  S390X("--arch", "s390x");

  private static final List<String> SCRIPTS =
      List.of(
          "crash-debian",
          "debian-packages",
          "guest",
          "init",
          "build-module",
          "causes/crash-causes",
          "causes/lab_causes.c");

  /** What machines of other architectures take besides. */
  private static final List<String> FOREIGN_SCRIPTS =
      List.of("machines", "causes/crash-foreign", "causes/init");

  private final List<String> options;

  LabCauses(String... options) {
    this.options = List.of(options);
  }

  private String directoryName() {
    return "causes-" + name().toLowerCase(Locale.ROOT);
  }

  private Path directory() {
    List<String> scripts = new ArrayList<>(SCRIPTS);
    if (isForeign()) {
      scripts.addAll(FOREIGN_SCRIPTS);
    }
    return LabCache.DUMPS.resolve(directoryName() + "-" + LabCache.key(scripts, options));
  }

  /** Whether it is a kernel of another architecture than x86-64. */
  public boolean isForeign() {
    return options.contains("--arch");
  }

  /** The dump of a kernel that went down in a way; empty where it has not been made. */
  public Optional<Path> dump(String cause) {
    return Optional.of(directory().resolve(cause).resolve("vmcore")).filter(Files::isRegularFile);
  }

  /**
   * Makes those dumps that are missing, where such are to be made; skips the test where this system
   * cannot.
   */
  public void make(List<String> causes) {
    List<String> missing = causes.stream().filter(cause -> dump(cause).isEmpty()).toList();
    if (missing.isEmpty() || !LabCache.MAKES) {
      return;
    }
    List<String> words = new ArrayList<>(List.of("" + Checkout.lab("crash-debian")));
    Path made = LabCache.DUMPS.resolve("." + directoryName());
    words.addAll(List.of("--no-install", "--out", "" + made, "--cache", "" + LabCache.ROOT));
    words.addAll(List.of("--how", String.join(",", missing), "--timeout", "180"));
    words.addAll(options);
    words.addAll(LabCache.withoutKvm());
    try {
      Files.createDirectories(directory());
      Path lock = LabCache.DUMPS.resolve("." + directoryName() + ".lock");
      try (FileChannel channel =
          FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        // Held until the channel is closed; another checkout may be making the same.
        FileLock unused = channel.lock();
        LabCache.delete(made);
        deleteOthers();
        Command.Result run = Command.of(words).limit(Duration.ofMinutes(40)).run();
        for (String cause : missing) {
          Path kept = directory().resolve(cause);
          if (Files.isRegularFile(made.resolve(cause).resolve("vmcore")) && !Files.exists(kept)) {
            Files.move(made.resolve(cause), kept);
          }
        }
        LabCache.assumeItCould(run);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Those of scripts as they were before. */
  private void deleteOthers() throws IOException {
    for (Path old : LabCache.list(LabCache.DUMPS)) {
      if (old.getFileName().toString().matches(directoryName() + "-\\w+")
          && !old.equals(directory())) {
        LabCache.delete(old);
      }
    }
  }
}
