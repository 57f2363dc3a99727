package org.vmcore.gdbstub.app;

import java.io.PrintStream;
import org.vmcore.dumpreader.api.Progress;

/**
 * Progress of long work on a terminal's last line; nothing where standard error is no terminal. The
 * launcher, which can tell, says so in the system property {@code vmcore.terminal}.
 */
final class TerminalProgress implements Progress {
  private static final long INTERVAL_NANOS = 100_000_000;
  private static final String ERASE_LINE = "\r\033[K";

  private final PrintStream out;
  private final boolean terminal = Boolean.getBoolean("vmcore.terminal");
  private final long started = System.nanoTime();
  private long shown = started;

  TerminalProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void say(String sentence) {
    out.println(terminal ? ERASE_LINE + sentence : sentence);
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
    out.print(
        finished
            ? ERASE_LINE
            : ERASE_LINE + "%s: %d%%".formatted(task, (long) (100.0 * done / total)));
    out.flush();
  }
}
