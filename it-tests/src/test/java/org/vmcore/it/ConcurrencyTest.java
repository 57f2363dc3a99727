package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.RealDump;
import org.vmcore.testing.Truth;
import org.vmcore.testing.Truth.Place;
import org.vmcore.testing.Truth.Register;

/** Many debuggers at one server, some of which die in the middle of a read. */
class ConcurrencyTest {
  private static final RealDump DUMP = RealDump.typed();
  private static final int DEBUGGERS = 8;

  /** Of each debugger, however long that takes on a machine that is busy. */
  private static final int LEAST_READS = 10;

  /** The JVM's heap; the dump's pages alone would not fit. */
  private static final int HEAP_MIB = 64;

  /** The heap, what the JVM itself needs, and the buffers and stacks of eight sessions. */
  private static final long RESIDENT_LIMIT = 320L << 20;

  @Test
  void eightDebuggersForAMoment() throws Exception {
    hammer(Duration.ofSeconds(4));
  }

  @Test
  @Tag("slow")
  void eightDebuggersForAMinute() throws Exception {
    hammer(Duration.ofSeconds(60));
  }

  private static void hammer(Duration time) throws Exception {
    Truth truth = DUMP.truth();
    Place buffer = DUMP.buffer();
    try (Program server =
        Program.serveWithJavaOptions(
            "-Xmx" + HEAP_MIB + "m",
            DUMP.file(),
            "--cache-size",
            "4M",
            // A file of a distribution's types alone would not fit.
            "--no-serve-symbols")) {
      ExecutorService pool = Executors.newFixedThreadPool(DEBUGGERS);
      try {
        long end = System.nanoTime() + time.toNanos();
        List<Callable<Integer>> debuggers = new ArrayList<>();
        for (int i = 0; i < DEBUGGERS; i++) {
          Random random = new Random(i);
          debuggers.add(() -> debug(server, truth, buffer, random, end));
        }
        int reads = 0;
        for (Future<Integer> debugger : pool.invokeAll(debuggers, 3, TimeUnit.MINUTES)) {
          reads += debugger.get();
        }
        assertThat(reads).isGreaterThanOrEqualTo(DEBUGGERS * LEAST_READS);
      } finally {
        pool.shutdownNow();
      }
      assertThat(server.residentBytes()).isLessThan(RESIDENT_LIMIT);
      assertThat(server.isAlive()).isTrue();
      try (GdbMi gdb = GdbMi.connect(server)) {
        check(gdb, truth, buffer, new Random(0));
      }
      assertThat(server.output()).doesNotContain("Exception").doesNotContain("OutOfMemory");
    }
  }

  /** Connects, reads, and is killed, again and again; returns how many reads were right. */
  private static int debug(Program server, Truth truth, Place buffer, Random random, long end) {
    int reads = 0;
    while (System.nanoTime() < end || reads < LEAST_READS) {
      try (GdbMi gdb = GdbMi.connect(server)) {
        for (int i = random.nextInt(100); i >= 0; i--) {
          check(gdb, truth, buffer, random);
          reads++;
        }
        // Killed when the reply is under way.
        gdb.post("-data-read-memory-bytes %#x %d".formatted(buffer.virtual(), buffer.length()));
      }
    }
    return reads;
  }

  private static void check(GdbMi gdb, Truth truth, Place buffer, Random random) {
    switch (random.nextInt(8)) {
      case 0 -> {
        String bytes = gdb.memory(buffer.virtual(), buffer.length());
        assertThat(bytes.equals(buffer.bytes())).as("the buffer").isTrue();
      }
      case 1 -> {
        // gdb casts no set of flags to a number.
        List<Register> registers =
            truth.registers().stream().filter(r -> !r.name().equals("eflags")).toList();
        Register register = registers.get(random.nextInt(registers.size()));
        gdb.must("-thread-select " + (register.cpu() + 1));
        assertThat(gdb.evaluate("(unsigned long)$" + register.name()))
            .as("%s of CPU %d", register.name(), register.cpu())
            .isEqualTo(Long.toUnsignedString(register.value()));
      }
      default -> {
        Place place = truth.kernel().get(random.nextInt(truth.kernel().size()));
        assertThat(gdb.memory(place.virtual(), place.length()))
            .as(place.label())
            .isEqualTo(place.bytes() == null ? "" : place.bytes());
      }
    }
  }
}
