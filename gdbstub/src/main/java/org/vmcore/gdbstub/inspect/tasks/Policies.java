package org.vmcore.gdbstub.inspect.tasks;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Place;

/** How tasks are scheduled, by the numbers of include/uapi/linux/sched.h. */
final class Policies {
  private static final List<String> NAMES =
      List.of("NORMAL", "FIFO", "RR", "BATCH", "ISO", "IDLE", "DEADLINE");

  private Policies() {}

  /** Names or numbers, between commas. */
  static Set<Long> parse(String text) throws NoAnswerException {
    Set<Long> found = new HashSet<>();
    for (String word : text.split(",", -1)) {
      int number = NAMES.indexOf(word.toUpperCase(Locale.ROOT).replaceFirst("^SCHED_", ""));
      found.add(number < 0 ? Place.number(word) : number);
    }
    return found;
  }
}
