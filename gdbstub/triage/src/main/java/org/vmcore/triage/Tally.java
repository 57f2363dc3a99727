package org.vmcore.triage;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Counts what comes of many sources, and says so. */
final class Tally {
  /** On a terminal, on its last line; else a line now and then. */
  private static final boolean TERMINAL = Boolean.getBoolean("vmcore.terminal");

  private static final long EVERY_NANOS = TERMINAL ? 200_000_000L : 10_000_000_000L;

  private final PrintStream err;
  private final int all;
  private final int before;
  private final long begun = System.nanoTime();
  private long shown = begun;
  private int done;
  private int crashes;
  private int none;
  private int failed;
  private int others;

  /**
   * @param all that are to be done
   * @param before those that were done before
   */
  Tally(PrintStream err, int all, int before) {
    this.err = err;
    this.all = all;
    this.before = before;
  }

  void done(Source source, Optional<Entry> entry) {
    done++;
    if (entry.isEmpty()) {
      others++;
    } else if (entry.get().is(Entry.CRASH)) {
      crashes++;
    } else if (entry.get().is(Entry.NONE)) {
      none++;
    } else {
      failed++;
      String reason = entry.get().text(Column.REASON);
      String name = source.name();
      say(reason.contains(name) ? reason : name + ": " + reason);
    }
    long now = System.nanoTime();
    if (now - shown > EVERY_NANOS) {
      shown = now;
      err.print((TERMINAL ? "\r" : "") + done + " of " + all + (TERMINAL ? " " : "\n"));
      err.flush();
    }
  }

  private void say(String line) {
    err.println((TERMINAL ? "\r" : "") + line);
  }

  int failed() {
    return failed;
  }

  void finish(Path database) {
    double seconds = (System.nanoTime() - begun) / 1e9;
    StringBuilder text = new StringBuilder();
    text.append(database).append(": ").append(crashes).append(" crashes");
    add(text, none, "without one");
    add(text, failed, "could not be read");
    add(text, others, "other files passed over");
    add(text, before, "were there before");
    say(text + String.format(Locale.ROOT, "; %.1f s, %.1f each second", seconds, done / seconds));
  }

  private static void add(StringBuilder text, int count, String what) {
    if (count > 0) {
      text.append(", ").append(count).append(' ').append(what);
    }
  }
}
