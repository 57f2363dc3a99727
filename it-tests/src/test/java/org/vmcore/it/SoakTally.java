package org.vmcore.it;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What comes out of a {@link Soak}; for any thread. */
final class SoakTally {
  private static final int MOST_EXAMPLES = 20;

  private final AtomicLong right = new AtomicLong();
  private final AtomicLong sessions = new AtomicLong();
  private final List<Long> nanos = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private long wrongCount;
  private long failureCount;

  void compare(String what, String wanted, String got) {
    if (wanted.equals(got)) {
      right.incrementAndGet();
      return;
    }
    synchronized (this) {
      wrongCount++;
      if (wrong.size() < MOST_EXAMPLES) {
        wrong.add("%s: %s, and not %s".formatted(what, shortened(got), shortened(wanted)));
      }
    }
  }

  private static String shortened(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  /** A session is over. */
  void ended() {
    sessions.incrementAndGet();
  }

  /** A client that should not have been was hung up on, or not answered. */
  synchronized void failed(Throwable why) {
    failureCount++;
    if (failures.size() < MOST_EXAMPLES) {
      failures.add(why.toString());
    }
  }

  synchronized void took(long nanoseconds) {
    nanos.add(nanoseconds);
  }

  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  /** Milliseconds that a share of the good client's answers took at most. */
  synchronized double millis(double share) {
    if (nanos.isEmpty()) {
      return Double.NaN;
    }
    List<Long> sorted = nanos.stream().sorted().toList();
    return sorted.get(Math.min(sorted.size() - 1, (int) (sorted.size() * share))) / 1e6;
  }

  @Override
  public synchronized String toString() {
    return "%d answers right, %d wrong, %d sessions, %d failed; good client: p50 %.1f ms, p99 %.1f ms, longest %.0f ms"
        .formatted(
            right.get(),
            wrongCount,
            sessions.get(),
            failureCount,
            millis(0.5),
            millis(0.99),
            millis(1));
  }
}
