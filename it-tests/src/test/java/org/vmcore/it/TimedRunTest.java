package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.Command;

class TimedRunTest {
  /** The program's child, which works: 0.2 s of CPU by its own clock. */
  private static final String WORKS =
      "python3 -c 'import time\nwhile time.process_time() < 0.2: pass' ; echo $WHAT; sleep 0.1";

  @Test
  void countsWhatChildrenSpend() {
    assumeTrue(Command.isInstalled("python3"), "python3 is not installed");
    TimedRun run =
        TimedRun.of(List.of("sh", "-c", WORKS), Map.of("WHAT", "done"), Duration.ofSeconds(60));
    assertThat(run.output()).startsWith("done");
    assertThat(run.spent()[0]).isBetween(0.2, 10.0);
    assertThat(run.spent()[1]).isBetween(0.3, 60.0);
  }
}
