package org.vmcore.remote;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Tries again what failed for a moment, each time after a longer pause. */
final class Retries {
  private final int tries;
  private final Duration first;
  private final Duration longest;

  /**
   * @param tries in all, 1 or more
   * @param first pause before the second try; each further one is twice as long
   * @param longest pause, also where a server asks for one
   */
  Retries(int tries, Duration first, Duration longest) {
    this.tries = tries;
    this.first = first;
    this.longest = longest;
  }

  /** Six tries within about ten seconds. */
  static Retries usual() {
    return new Retries(6, Duration.ofMillis(250), Duration.ofSeconds(30));
  }

  /** One try of something. */
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException;
  }

  /** A failure after which it is worth to try again. */
  static final class TemporaryException extends IOException {
    private static final long serialVersionUID = 1;

    private final Duration wanted;

    /**
     * @param wanted pause that the server asked for; zero where it did not
     */
    TemporaryException(String message, Duration wanted) {
      super(message);
      this.wanted = wanted;
    }
  }

  /**
   * Runs it until it succeeds, fails for good, or has failed often enough.
   *
   * @throws IOException what the last try ended with
   */
  <T> T run(Attempt<T> attempt, Traffic traffic) throws IOException {
    for (int done = 1; ; done++) {
      try {
        return attempt.run();
      } catch (TemporaryException e) {
        if (done == tries) {
          throw new IOException(e.getMessage() + "; gave up after " + tries + " tries", e);
        }
        traffic.retry();
        pause(done, e.wanted);
      }
    }
  }

  private void pause(int done, Duration wanted) throws IOException {
    long doubled = first.toMillis() << (done - 1);
    // Between half and all of it: those that failed together do not come back together.
    long jittered = doubled / 2 + ThreadLocalRandom.current().nextLong(doubled / 2 + 1);
    long millis = Math.min(longest.toMillis(), Math.max(wanted.toMillis(), jittered));
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }
}
