package org.vmcore.triage;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Has several sources examined at a time, each in a thread of its own, so that one that goes wrong
 * costs no other: who takes too long is interrupted, which closes the dump under it, and left alone
 * if that does not help; who needs more memory than there is with others beside it is tried once
 * more with all of it.
 */
final class Crew {
  private static final long LOOK_MILLIS = 200;

  /** After which an interrupted thread is given up. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final int jobs;
  private final Duration limit;
  private final Function<Source, Optional<Entry>> work;
  private final BlockingQueue<Turn> ended = new LinkedBlockingQueue<>();
  private final List<Turn> running = new ArrayList<>();

  /** Is told what came of each, by one thread. */
  @FunctionalInterface
  interface Listener {
    /**
     * One is done.
     *
     * @param entry empty where the source is none
     */
    void done(Source source, Optional<Entry> entry) throws IOException;
  }

  Crew(int jobs, Duration limit, Function<Source, Optional<Entry>> work) {
    this.jobs = jobs;
    this.limit = limit;
    this.work = work;
  }

  /** Examines all. */
  void run(List<Source> sources, Listener listener) throws IOException, InterruptedException {
    List<Source> hungry = runAll(sources, jobs, listener);
    for (Source source : runAll(hungry, 1, listener)) {
      long mebibytes = Runtime.getRuntime().maxMemory() >> 20;
      listener.done(
          source, Optional.of(failed(source, "needs more memory than " + mebibytes + " MiB")));
    }
  }

  /** Returns those for which memory was too small. */
  private List<Source> runAll(List<Source> sources, int atOnce, Listener listener)
      throws IOException, InterruptedException {
    Deque<Source> waiting = new ArrayDeque<>(sources);
    List<Source> hungry = new ArrayList<>();
    while (!waiting.isEmpty() || !running.isEmpty()) {
      while (running.size() < atOnce && !waiting.isEmpty()) {
        Turn turn = new Turn(waiting.remove());
        running.add(turn);
        turn.thread.start();
      }
      Turn turn = ended.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      if (turn != null && running.remove(turn)) {
        if (turn.hungry) {
          hungry.add(turn.source);
        } else {
          listener.done(turn.source, turn.overdue ? Optional.of(tooSlow(turn.source)) : turn.entry);
        }
      }
      for (Turn late : running.stream().filter(Turn::isOverdue).toList()) {
        if (late.isLost()) {
          running.remove(late);
          listener.done(late.source, Optional.of(tooSlow(late.source)));
        }
      }
    }
    return hungry;
  }

  private Entry tooSlow(Source source) {
    return failed(source, "takes longer than " + limit.toSeconds() + " s");
  }

  private static Entry failed(Source source, String reason) {
    return Examination.refused(new Source(source.path(), source.found(), Optional.of(reason)));
  }

  private final class Turn {
    private final Source source;
    private final Thread thread;
    private final long begun = System.nanoTime();
    private volatile Optional<Entry> entry = Optional.empty();
    private volatile boolean hungry;
    private volatile boolean overdue;

    Turn(Source source) {
      this.source = source;
      this.thread = new Thread(this::examine, "examine " + source.name());
      this.thread.setDaemon(true);
    }

    private void examine() {
      try {
        entry = work.apply(source);
      } catch (OutOfMemoryError e) {
        hungry = true;
      } catch (StackOverflowError e) {
        entry = Optional.of(failed(source, "internal error: " + e));
      } finally {
        ended.add(this);
      }
    }

    boolean isOverdue() {
      if (!overdue && System.nanoTime() - begun > limit.toNanos()) {
        overdue = true;
        thread.interrupt();
      }
      return overdue;
    }

    boolean isLost() {
      return System.nanoTime() - begun > limit.plus(PATIENCE).toNanos();
    }
  }
}
