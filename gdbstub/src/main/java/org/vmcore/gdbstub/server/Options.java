package org.vmcore.gdbstub.server;

import org.vmcore.gdbstub.rsp.Limits;

/**
 * How a server behaves.
 *
 * @param limits for every session
 * @param maxSessions debuggers at once, 1 or more; one too many is turned away
 * @param once the server ends when the last debugger has gone
 */
public record Options(Limits limits, int maxSessions, boolean once) {
  /** A session costs a thread and about four packets of memory. */
  private static final int DEFAULT_MAX_SESSIONS = 64;

  public static final Options DEFAULT = new Options(Limits.DEFAULT, DEFAULT_MAX_SESSIONS, false);

  public Options {
    if (maxSessions < 1) {
      throw new IllegalArgumentException("maxSessions " + maxSessions);
    }
  }

  public Options withOnce(boolean value) {
    return new Options(limits, maxSessions, value);
  }

  public Options withMaxSessions(int value) {
    return new Options(limits, value, once);
  }

  public Options withLimits(Limits value) {
    return new Options(value, maxSessions, once);
  }
}
