package org.vmcore.gdbstub.inspect.log;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How grave a message is; by number, as dmesg(1) calls them. */
public enum Level {
  EMERG(0),
  ALERT(1),
  CRIT(2),
  ERR(3),
  WARN(4),
  NOTICE(5),
  INFO(6),
  DEBUG(7);

  static final long NANOS_PER_SECOND = 1_000_000_000;

  private final int number;

  Level(int number) {
    this.number = number;
  }

  /** As syslog(3) numbers it. */
  int number() {
    return number;
  }

  /** The level of a number; empty where there is none of it. */
  static Optional<Level> of(int number) {
    return Arrays.stream(values()).filter(level -> level.number == number).findFirst();
  }

  private String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static Optional<Level> named(String word) {
    return Arrays.stream(values()).filter(level -> level.word().equals(word)).findFirst();
  }

  /** {@code err,warn}, or with what is worse, {@code err+}. */
  static final class Chosen implements ITypeConverter<Set<Level>> {
    @Override
    public Set<Level> convert(String names) {
      Set<Level> levels = EnumSet.noneOf(Level.class);
      for (String name : names.toLowerCase(Locale.ROOT).split(",", -1)) {
        boolean andWorse = name.endsWith("+");
        Level level =
            named(andWorse ? name.substring(0, name.length() - 1) : name)
                .orElseThrow(
                    () ->
                        new TypeConversionException(
                            "no level is called '%s'; there are %s"
                                .formatted(
                                    name,
                                    Arrays.stream(values())
                                        .map(Level::word)
                                        .collect(Collectors.joining(", ")))));
        levels.addAll(andWorse ? EnumSet.range(EMERG, level) : EnumSet.of(level));
      }
      return levels;
    }
  }
}
