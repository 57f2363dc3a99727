package org.vmcore.it;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.RealDump;

/**
 * A server under attack: eight gdbs and eight clients that know only packets, killed at random, all
 * of whose answers are compared with the truth, and beside them clients that are none. Prints what
 * was wrong, how long a good client waits, and what memory the server has, as time goes by.
 */
final class Soak {
  private static final int GDBS = 8;
  private static final int RAW = 8;
  private static final int HOSTILE = 6;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(15);
  private static final Duration END = Duration.ofMinutes(3);

  private final List<Long> residentMiB = new ArrayList<>();
  private final SoakTally tally = new SoakTally();
  private volatile boolean over;

  /** Runs for some minutes; ends with 1 when anything was wrong. */
  public static void main(String[] arguments) throws Exception {
    double minutes = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 15;
    Soak soak = new Soak();
    soak.run(CorpusDump.ZLIB, Duration.ofSeconds(Math.round(minutes * 60)), System.out);
    soak.tally.wrong().forEach(System.out::println);
    soak.tally.failures().forEach(System.out::println);
    System.exit(soak.tally.wrong().isEmpty() && soak.tally.failures().isEmpty() ? 0 : 1);
  }

  SoakTally tally() {
    return tally;
  }

  /** Of the server, once a line. */
  List<Long> residentMiB() {
    return List.copyOf(residentMiB);
  }

  /** Serves a dump for so long, with nothing but default settings. */
  void run(RealDump dump, Duration time, PrintStream out) throws Exception {
    try (Program server = Program.serveOptimized(dump.file())) {
      SoakClients clients = new SoakClients(server, dump, tally);
      ExecutorService pool = Executors.newCachedThreadPool();
      try {
        begin(pool, GDBS, clients::gdb, true);
        begin(pool, RAW, clients::raw, true);
        begin(pool, 1, clients::good, true);
        begin(pool, HOSTILE, clients::hostile, false);
        long start = System.nanoTime();
        for (long left = time.toNanos(); left > 0; ) {
          TimeUnit.NANOSECONDS.sleep(Math.min(left, BETWEEN_LINES.toNanos()));
          long passed = System.nanoTime() - start;
          left = time.toNanos() - passed;
          residentMiB.add(server.residentBytes() >> 20);
          out.printf(
              "%4d s: %4d MiB resident, %s%n",
              TimeUnit.NANOSECONDS.toSeconds(passed),
              residentMiB.get(residentMiB.size() - 1),
              tally);
        }
      } finally {
        over = true;
        pool.shutdownNow();
        pool.awaitTermination(END.toSeconds(), TimeUnit.SECONDS);
      }
      if (!server.isAlive() || server.output().contains("Exception")) {
        tally.failed(new AssertionError("the server said: " + server.output()));
      }
    }
  }

  private void begin(ExecutorService pool, int count, SoakClients.Life life, boolean isGood) {
    for (int i = 0; i < count; i++) {
      Random random = new Random(i);
      pool.execute(() -> repeat(life, random, isGood));
    }
  }

  private void repeat(SoakClients.Life life, Random random, boolean isGood) {
    while (!over) {
      try {
        life.live(random);
        tally.ended();
      } catch (InterruptedException e) {
        return;
      } catch (IOException | UncheckedIOException | AssertionError e) {
        // Of a client that is hostile, or interrupted, nothing else is to be expected.
        if (isGood && !over) {
          tally.failed(e);
        }
      }
    }
  }
}
