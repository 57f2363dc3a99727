package org.vmcore.gdbstub.server;

import org.vmcore.gdbstub.rsp.Limits;

/**
 * How a server behaves.
 *
 * @param limits for every session
 * @param maxSessions debuggers at once, 1 or more; of one too many see {@link Slots}
 * @param patienceMillis how long a client may say nothing after it has connected
 * @param once the server ends when the last debugger has gone
 */
public record Options(Limits limits, int maxSessions, long patienceMillis, boolean once) {
  /** A session costs a thread and about four packets of memory. */
  private static final int DEFAULT_MAX_SESSIONS = 64;

  /** Every debugger speaks first, and at once. */
  private static final long DEFAULT_PATIENCE_MILLIS = 30_000;

  public static final Options DEFAULT =
      new Options(Limits.DEFAULT, DEFAULT_MAX_SESSIONS, DEFAULT_PATIENCE_MILLIS, false);

  public Options {
    if (maxSessions < 1 || patienceMillis < 1) {
      throw new IllegalArgumentException(
          "maxSessions %d, patienceMillis %d".formatted(maxSessions, patienceMillis));
    }
  }

  public Options withOnce(boolean value) {
    return new Options(limits, maxSessions, patienceMillis, value);
  }

  public Options withMaxSessions(int value) {
    return new Options(limits, value, patienceMillis, once);
  }

  public Options withPatienceMillis(long value) {
    return new Options(limits, maxSessions, value, once);
  }

  public Options withLimits(Limits value) {
    return new Options(value, maxSessions, patienceMillis, once);
  }
}
