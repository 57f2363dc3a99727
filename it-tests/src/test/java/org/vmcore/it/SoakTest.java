package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.RealDump;

/** Two minutes of what {@code it-tests/bin/soak} does for as long as it is told. */
@Tag("slow")
class SoakTest {
  private static final Duration TIME = Duration.ofMinutes(2);

  /** Below what a small machine has; how much of it is left is printed. */
  private static final long MOST_MIB = 400;

  @Test
  void nothingIsWrongAndNothingGrows() throws Exception {
    Soak soak = new Soak();
    soak.run(RealDump.typed(), TIME, System.out);

    assertThat(soak.tally().wrong()).isEmpty();
    assertThat(soak.tally().failures()).isEmpty();
    assertThat(soak.residentMiB()).allMatch(mebibytes -> mebibytes < MOST_MIB);
  }
}
