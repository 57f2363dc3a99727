package org.vmcore.gdbstub.inspect.tasks;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.view.Text;

/**
 * More of a task.
 *
 * @param times when it began and how long it ran
 * @param limits what it may use
 * @param arguments of its program, and {@code environment}
 * @param problem why these are not known
 */
record TaskDetail(
    NamedTask task,
    Optional<Times> times,
    List<Limit> limits,
    Optional<List<String>> arguments,
    List<String> environment,
    Optional<String> problem) {

  /**
   * In nanoseconds.
   *
   * @param runSeconds since it began
   * @param startNs since the boot
   */
  record Times(long runSeconds, long startNs, long userNs, long systemNs) {}

  /** A limit; none where there is none. */
  record Limit(String name, OptionalLong current, OptionalLong maximum) {}

  void print(Text out) {
    task.print(out);
    times.ifPresent(known -> print(known, out));
    if (!limits.isEmpty()) {
      out.print("      RLIMIT     CURRENT       MAXIMUM\n");
      for (Limit limit : limits) {
        out.print(
            "%12s   %11s   %11s\n", limit.name(), shown(limit.current()), shown(limit.maximum()));
      }
    }
    if (arguments.isPresent()) {
      out.print("ARG: %s\n", String.join(" ", arguments.get()));
      String before = "ENV: ";
      for (String variable : environment) {
        out.print("%s%s\n", before, variable);
        before = "     ";
      }
    }
    problem.ifPresent(why -> out.print("ps: %s\n", why));
    out.print("\n");
  }

  private static void print(Times times, Text out) {
    long seconds = times.runSeconds();
    long days = seconds / 86_400;
    out.print(
        "    RUN TIME: %s%02d:%02d:%02d\n",
        days > 0 ? days + " days, " : "", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    out.print("  START TIME: %d\n", times.startNs());
    out.print("       UTIME: %d\n       STIME: %d\n", times.userNs(), times.systemNs());
  }

  /** In the middle of its column. */
  private static String shown(OptionalLong limit) {
    if (limit.isEmpty()) {
      return "(unlimited)";
    }
    String number = Long.toUnsignedString(limit.getAsLong());
    int width = "(unlimited)".length();
    return " ".repeat(Math.max((width - number.length()) / 2, 0)) + number;
  }
}
