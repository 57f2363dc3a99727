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
import org.vmcore.it.Truth.Place;
import org.vmcore.it.Truth.Register;

/** Many debuggers at one server, some of which die in the middle of a read. */
class ConcurrencyTest {
  private static final CorpusDump DUMP = CorpusDump.FIVE_LEVELS_SNAPPY;
  private static final int DEBUGGERS = 8;

  /** The JVM's heap; the dump's pages alone would not fit. */
  private static final int HEAP_MIB = 64;

  /** The heap, what the JVM itself needs, and the buffers and stacks of eight sessions. */
  private static final long RESIDENT_LIMIT = 320L << 20;

  /** Size of the guest's buffer in which each word is its own offset plus a tag. */
  private static final int BUFFER = 64 << 10;

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
    try (Program server =
        Program.serveWithJavaOptions("-Xmx" + HEAP_MIB + "m", DUMP.file(), "--cache-size", "4M")) {
      ExecutorService pool = Executors.newFixedThreadPool(DEBUGGERS);
      try {
        long end = System.nanoTime() + time.toNanos();
        List<Callable<Integer>> debuggers = new ArrayList<>();
        for (int i = 0; i < DEBUGGERS; i++) {
          Random random = new Random(i);
          debuggers.add(() -> debug(server, truth, random, end));
        }
        int reads = 0;
        for (Future<Integer> debugger : pool.invokeAll(debuggers, 3, TimeUnit.MINUTES)) {
          reads += debugger.get();
        }
        assertThat(reads).isGreaterThan(DEBUGGERS * 10);
      } finally {
        pool.shutdownNow();
      }
      assertThat(server.residentBytes()).isLessThan(RESIDENT_LIMIT);
      assertThat(server.isAlive()).isTrue();
      try (GdbMi gdb = GdbMi.connect(server)) {
        check(gdb, truth, new Random(0));
      }
      assertThat(server.output()).doesNotContain("Exception").doesNotContain("OutOfMemory");
    }
  }

  /** Connects, reads, and is killed, again and again; returns how many reads were right. */
  private static int debug(Program server, Truth truth, Random random, long end) {
    int reads = 0;
    while (System.nanoTime() < end) {
      try (GdbMi gdb = GdbMi.connect(server)) {
        for (int i = random.nextInt(100); i >= 0 && System.nanoTime() < end; i--) {
          check(gdb, truth, random);
          reads++;
        }
        // Killed when the reply is under way.
        gdb.post("-data-read-memory-bytes %#x %d".formatted(buffer(truth), BUFFER));
      }
    }
    return reads;
  }

  private static void check(GdbMi gdb, Truth truth, Random random) {
    switch (random.nextInt(8)) {
      case 0 -> {
        String expected = expectedBuffer();
        assertThat(gdb.memory(buffer(truth), BUFFER).equals(expected)).as("the buffer").isTrue();
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

  private static long buffer(Truth truth) {
    return truth.memory().stream()
        .filter(place -> place.label().equals("kmalloc64k"))
        .findFirst()
        .orElseThrow()
        .virtual();
  }

  /** What the guest's module put there: {@code 0xc0ffee0000000000 + offset} in each word. */
  private static String expectedBuffer() {
    StringBuilder bytes = new StringBuilder();
    for (long offset = 0; offset < BUFFER; offset += Long.BYTES) {
      bytes.append("%016x".formatted(Long.reverseBytes(0xc0ffee0000000000L + offset)));
    }
    return bytes.toString();
  }
}
