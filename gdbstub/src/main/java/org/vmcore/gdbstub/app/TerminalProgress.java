package org.vmcore.gdbstub.app;

import org.vmcore.dumpreader.api.Progress;

/**
 * Progress of long work on a terminal's last line; nothing where standard error is no terminal. The
 * launcher, which can tell, says so in the system property {@code vmcore.terminal}.
 */
final class TerminalProgress implements Progress {
  private static final long INTERVAL_NANOS = 100_000_000;

  private final boolean terminal = Boolean.getBoolean("vmcore.terminal");
  private final long started = System.nanoTime();
  private long shown = started;

  @Override
  public synchronized void say(String sentence) {
    if (terminal) {
      Output.eraseLine();
    }
    System.err.println(sentence);
  }

  @Override
  public synchronized void update(String task, long done, long total) {
    long now = System.nanoTime();
    boolean finished = done >= total;
    boolean visible = shown != started;
    if (!terminal || (finished ? !visible : now - shown < INTERVAL_NANOS)) {
      return;
    }
    shown = now;
    Output.eraseLine();
    if (!finished) {
      System.err.printf("%s: %d%%", task, (long) (100.0 * done / total));
      System.err.flush();
    }
  }
}
