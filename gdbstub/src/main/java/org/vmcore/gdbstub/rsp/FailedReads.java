package org.vmcore.gdbstub.rsp;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs why reads fail. A debugger that unwinds garbage fails thousands of times a second, so only
 * the first few of each second are worded; the others are counted.
 */
final class FailedReads {
  private static final Logger log = LoggerFactory.getLogger(FailedReads.class);

  private static final int WORDED_EACH_SECOND = 10;
  private static final long SECOND = 1_000_000_000;

  private long secondBegan = System.nanoTime();
  private int inThisSecond;

  void log(long location, int length, boolean physical, Target.MemoryRead read) {
    if (!log.isInfoEnabled()) {
      return;
    }
    long now = System.nanoTime();
    if (now - secondBegan >= SECOND) {
      if (inThisSecond > WORDED_EACH_SECOND) {
        log.info("{} more reads failed", inThisSecond - WORDED_EACH_SECOND);
      }
      secondBegan = now;
      inThisSecond = 0;
    }
    if (++inThisSecond > WORDED_EACH_SECOND) {
      return;
    }
    Target.Problem problem = read.problem();
    log.info(
        "{} address {}: {} of {} bytes read: {}",
        physical ? "Physical" : "Virtual",
        "%#018x".formatted(location),
        read.length(),
        length,
        problem == null ? "no reason given" : problem.message());
  }
}
