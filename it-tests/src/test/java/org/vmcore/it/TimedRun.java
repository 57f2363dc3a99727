package org.vmcore.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.vmcore.testing.Command;

/**
 * A program run to its end, and the time that it took, with that of every process that it waited
 * for: what bash's {@code time} tells, and Java does not.
 */
final class TimedRun {
  private static final String SCRIPT = "TIMEFORMAT='SPENT %3R %3U %3S'; time \"$@\"";
  private static final Pattern SPENT =
      Pattern.compile("(?m)^SPENT (\\d+\\.\\d+) (\\d+\\.\\d+) (\\d+\\.\\d+)$");

  private final String output;
  private final double[] spent;

  private TimedRun(String output, double[] spent) {
    this.output = output;
    this.spent = spent;
  }

  static TimedRun of(List<String> words, Map<String, String> environment, Duration limit) {
    SpeedPeers.require("bash");
    List<String> timed = new ArrayList<>(List.of("bash", "-c", SCRIPT, "bash"));
    timed.addAll(words);
    Command.Result result =
        Command.of(timed)
            .environment(Program.ENVIRONMENT)
            .environment(environment)
            // With a dot in numbers.
            .environment("LC_NUMERIC", "C")
            .limit(limit)
            .run();
    MatchResult spent =
        SPENT
            .matcher(result.err())
            .results()
            .reduce((before, last) -> last)
            .orElseThrow(() -> new IllegalStateException("no time told: " + result));
    return new TimedRun(
        result.all(), new double[] {number(spent, 2) + number(spent, 3), number(spent, 1)});
  }

  private static double number(MatchResult match, int group) {
    return Double.parseDouble(match.group(group));
  }

  /** All that it printed, on both streams. */
  String output() {
    return output;
  }

  /** Seconds of CPU, and on the wall. */
  double[] spent() {
    return spent.clone();
  }
}
