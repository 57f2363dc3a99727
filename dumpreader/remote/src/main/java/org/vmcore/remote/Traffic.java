package org.vmcore.remote;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what reading a remote file cost. */
final class Traffic {
  private static final double MEBIBYTE = 1 << 20;

  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong retries = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong cached = new AtomicLong();

  void request() {
    requests.incrementAndGet();
  }

  void retry() {
    retries.incrementAndGet();
  }

  void received(long count) {
    bytes.addAndGet(count);
  }

  void fromCache(long count) {
    cached.addAndGet(count);
  }

  long requests() {
    return requests.get();
  }

  long retries() {
    return retries.get();
  }

  long bytes() {
    return bytes.get();
  }

  /** One sentence for a user. */
  String sentence(String name, long size) {
    StringBuilder text = new StringBuilder(name);
    text.append(
        String.format(
            Locale.ROOT,
            ": %d %s, %.1f of %.1f MiB",
            requests.get(),
            requests.get() == 1 ? "request" : "requests",
            bytes.get() / MEBIBYTE,
            size / MEBIBYTE));
    if (cached.get() > 0) {
      text.append(String.format(Locale.ROOT, ", %.1f MiB from the cache", cached.get() / MEBIBYTE));
    }
    if (retries.get() > 0) {
      text.append(", tried again ").append(retries.get()).append(" times");
    }
    return text.toString();
  }
}
