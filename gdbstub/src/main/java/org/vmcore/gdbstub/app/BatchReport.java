package org.vmcore.gdbstub.app;

import java.util.List;
import java.util.Optional;

/**
 * How a batch went, for scripts.
 *
 * @param ok whether gdb's exit code was 0 on all of them
 * @param dumps in the order in which the user named them
 */
record BatchReport(boolean ok, List<Dump> dumps) {
  /** Of its JSON; see {@link org.vmcore.gdbstub.inspect.query.Query#version}. */
  static final int VERSION = 2;

  private static final double MILLIS = 1000;

  /**
   * How it went on one dump.
   *
   * @param exitCode gdb's own
   * @param problem why gdb was not run, or not to its end
   * @param log what gdb printed, where it is kept
   */
  record Dump(
      String dump,
      boolean ok,
      int exitCode,
      Optional<String> problem,
      double seconds,
      Optional<String> log) {}

  /**
   * @param keptLogs whether the logs are there for others to read
   */
  static BatchReport of(List<BatchResult> results, boolean keptLogs) {
    return new BatchReport(
        results.stream().allMatch(BatchResult::succeeded),
        results.stream()
            .map(
                result ->
                    new Dump(
                        result.dump(),
                        result.succeeded(),
                        result.exitCode(),
                        result.problem(),
                        result.duration().toMillis() / MILLIS,
                        keptLogs ? Optional.of(result.log().toString()) : Optional.empty()))
            .toList());
  }
}
