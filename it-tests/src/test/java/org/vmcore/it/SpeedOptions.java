package org.vmcore.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code it-tests/bin/compare-speed} was asked for; its {@code --help} tells what each means.
 *
 * @param rounds how often each thing is measured, after once for nothing
 * @param kinds which tables are made
 * @param traced the dump and vmlinux that backtraces are timed with, if they are given
 * @param writesReadme whether the tables go into the README, too
 */
record SpeedOptions(
    int rounds, Set<Kind> kinds, Optional<TracedDump> traced, boolean writesReadme) {
  private static final int ROUNDS = 5;

  /** A kind of table. */
  enum Kind {
    GDB,
    SID_GDB,
    PROCESS,
    BACKTRACE,
    PACKET_SIZES;

    /** As it is written on the command line. */
    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Kind of(String word) {
      return Arrays.stream(values())
          .filter(kind -> kind.word().equals(word))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("there is no table " + word));
    }
  }

  /** All that the README shows. */
  private static final Set<Kind> SHOWN =
      Set.of(Kind.GDB, Kind.SID_GDB, Kind.PROCESS, Kind.BACKTRACE);

  /**
   * @throws IllegalArgumentException for words that make no sense, with what is wrong
   */
  static SpeedOptions parse(String... words) {
    int rounds = ROUNDS;
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    Optional<Path> dump = Optional.empty();
    Optional<Path> vmlinux = Optional.empty();
    boolean writes = true;
    Deque<String> left = new ArrayDeque<>(Arrays.asList(words));
    while (!left.isEmpty()) {
      String option = left.remove();
      switch (option) {
        case "--rounds" -> rounds = positive(value(option, left));
        case "--only" -> kinds.add(Kind.of(value(option, left)));
        case "--dump" -> dump = Optional.of(file(value(option, left)));
        case "--vmlinux" -> vmlinux = Optional.of(file(value(option, left)));
        case "--print" -> writes = false;
        default -> throw new IllegalArgumentException("unknown: " + option);
      }
    }
    if (dump.isPresent() != vmlinux.isPresent()) {
      throw new IllegalArgumentException("--dump and --vmlinux go together");
    }
    Optional<TracedDump> traced = Optional.empty();
    if (dump.isPresent() && vmlinux.isPresent()) {
      traced = Optional.of(TracedDump.given(dump.get(), vmlinux.get()));
    }
    return new SpeedOptions(
        rounds, kinds.isEmpty() ? SHOWN : kinds, traced, writes && kinds.isEmpty());
  }

  private static String value(String option, Deque<String> left) {
    if (left.isEmpty()) {
      throw new IllegalArgumentException(option + " needs a value");
    }
    return left.remove();
  }

  private static int positive(String text) {
    if (!text.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException("not a number of rounds: " + text);
    }
    return Integer.parseInt(text);
  }

  /** A file, named from where the user is and not the script. */
  private static Path file(String name) {
    Path file = Path.of(System.getProperty("vmcore.from", "")).resolve(name).toAbsolutePath();
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no such file: " + file);
    }
    return file;
  }
}
