package org.vmcore.gdbstub.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How gdb's script went on one dump of a batch.
 *
 * @param dump as the user named it
 * @param exitCode gdb's own; {@link #NOT_RUN} where it was not run, or not to its end
 * @param problem why it was not
 * @param log what gdb printed, or the problem
 */
record BatchResult(
    String dump, int exitCode, Optional<String> problem, Path log, Duration duration) {
  /** As the program ends by itself when it fails. */
  static final int NOT_RUN = 1;

  private static final String INTERRUPTED = "interrupted";
  private static final double MILLIS = 1000;

  /** Of a dump that gdb was at when the batch was interrupted. */
  static BatchResult stopped(String dump, Path log, Duration duration) {
    return new BatchResult(dump, NOT_RUN, Optional.of(INTERRUPTED), log, duration);
  }

  /** Of a dump whose turn had not come by then. */
  static BatchResult notBegun(String dump, Path log) {
    return new BatchResult(
        dump, NOT_RUN, Optional.of(INTERRUPTED + " before its turn"), log, Duration.ZERO);
  }

  boolean succeeded() {
    return exitCode == 0 && problem.isEmpty();
  }

  /** One word for people. */
  String outcome() {
    if (problem.isPresent()) {
      return problem.get().equals(INTERRUPTED) ? "stopped" : "not run";
    }
    return exitCode == 0 ? "ok" : "exit " + exitCode;
  }

  String seconds() {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / MILLIS);
  }

  /** A table of all, in the order in which the user named them, with the sum at its end. */
  static String table(List<BatchResult> results, boolean keptLogs) {
    StringBuilder text = new StringBuilder("%-8s  %9s  %s\n".formatted("RESULT", "TIME", "DUMP"));
    for (BatchResult result : results) {
      text.append(
          "%-8s  %9s  %s%s%s\n"
              .formatted(
                  result.outcome(),
                  result.seconds(),
                  result.dump(),
                  result.problem().map(why -> ": " + why).orElse(""),
                  keptLogs ? "  (" + result.log() + ")" : ""));
    }
    long failed = results.stream().filter(result -> !result.succeeded()).count();
    text.append("%d of %d dumps succeeded".formatted(results.size() - failed, results.size()));
    return text.append('\n').toString();
  }
}
