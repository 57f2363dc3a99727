package org.vmcore.gdbstub.app;

import java.io.PrintStream;
import java.util.LinkedHashSet;
import java.util.Set;

/** A line for each dump that is done and, on a terminal, one below that says what is being done. */
final class BatchProgress {
  private static final int NAMED = 2;

  private final PrintStream out;
  private final int count;
  private final boolean terminal = Boolean.getBoolean("vmcore.terminal");
  private final Set<String> running = new LinkedHashSet<>();
  private int done;

  BatchProgress(PrintStream out, int count) {
    this.out = out;
    this.count = count;
  }

  synchronized void started(String dump) {
    running.add(dump);
    status();
  }

  synchronized void finished(BatchResult result) {
    running.remove(result.dump());
    done++;
    erase();
    out.printf(
        "[%d/%d] %-8s %s (%s)%n", done, count, result.outcome(), result.dump(), result.seconds());
    status();
  }

  /** Leaves the line empty for what is printed next. */
  synchronized void erase() {
    if (terminal) {
      Output.eraseLine();
    }
  }

  private void status() {
    if (terminal && !running.isEmpty()) {
      String names = String.join(", ", running.stream().limit(NAMED).toList());
      Output.eraseLine();
      out.print("running: " + names + (running.size() > NAMED ? ", ..." : ""));
      out.flush();
    }
  }
}
