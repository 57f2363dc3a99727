package org.vmcore.gdbstub.kernel;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.kernel.types.KernelObject;
import org.vmcore.gdbstub.kernel.types.KernelReadException;
import org.vmcore.gdbstub.kernel.types.TypedMemory;

/** The machine as a whole when it crashed. What cannot be told is empty. */
public final class SystemState {
  /** FSHIFT: the load is in units of 1/2048 (Linux include/linux/sched/loadavg.h). */
  private static final int LOAD_SHIFT = 11;

  private static final int LOADS = 3;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** INITIAL_JIFFIES, in seconds before the lower half wraps (Linux include/linux/jiffies.h). */
  private static final long SECONDS_BEFORE_WRAP = 300;

  /** A {@code struct clocksource} has {@code mult} and {@code shift} in this many bytes. */
  private static final int CLOCKSOURCE_HEAD = 128;

  /** JIFFIES_SHIFT (Linux kernel/time/jiffies.c); smaller for clocks slower than 34 Hz alone. */
  private static final int JIFFIES_SHIFT = 8;

  private static final int MIN_HZ = 12;
  private static final int MAX_HZ = 10_000;

  /** 1 << CONFIG_NODES_SHIFT, which is at most 10. */
  private static final int MAX_NODES = 1 << 10;

  private static final int KHZ_PER_MHZ = 1000;

  private final LinuxKernel linux;
  private final KernelMemory memory;

  public SystemState(LinuxKernel linux) {
    this.linux = linux;
    this.memory = linux.memory();
  }

  /** The load averages over 1, 5 and 15 minutes; none where they cannot be read. */
  public List<Double> loadAverage() {
    List<Double> loads = new ArrayList<>();
    Optional<ByteBuffer> words =
        linux.address("avenrun").flatMap(at -> memory.bytes(at, LOADS * memory.wordBytes()));
    for (int i = 0; words.isPresent() && i < LOADS; i++) {
      loads.add(memory.nextWord(words.get()) / (double) (1 << LOAD_SHIFT));
    }
    return loads;
  }

  /** Since the boot: by the count of timer ticks, without the time in suspend. */
  public Optional<Duration> uptime() {
    OptionalInt hz = ticksPerSecond();
    Optional<ByteBuffer> jiffies =
        linux.address("jiffies_64").flatMap(at -> memory.bytes(at, Long.BYTES));
    if (hz.isEmpty() || jiffies.isEmpty()) {
      return Optional.empty();
    }
    long initial = (1L << Integer.SIZE) - SECONDS_BEFORE_WRAP * hz.getAsInt();
    long ticks = jiffies.get().getLong() - initial;
    return ticks < 0
        ? Optional.empty()
        : Optional.of(
            Duration.ofSeconds(
                ticks / hz.getAsInt(), ticks % hz.getAsInt() * NANOS_PER_SECOND / hz.getAsInt()));
  }

  /**
   * CONFIG_HZ, by the clock that counts jiffies: its {@code mult} is the nanoseconds of a tick,
   * shifted left by the {@code shift} that follows.
   */
  private OptionalInt ticksPerSecond() {
    Optional<ByteBuffer> clock =
        linux.address("clocksource_jiffies").flatMap(at -> memory.bytes(at, CLOCKSOURCE_HEAD));
    for (int at = 0; clock.isPresent() && at + Long.BYTES <= CLOCKSOURCE_HEAD; at += 4) {
      long tick = Integer.toUnsignedLong(clock.get().getInt(at)) >> JIFFIES_SHIFT;
      if (clock.get().getInt(at + Integer.BYTES) == JIFFIES_SHIFT
          && tick > NANOS_PER_SECOND / MAX_HZ
          && tick < NANOS_PER_SECOND / MIN_HZ) {
        return OptionalInt.of((int) Math.round((double) NANOS_PER_SECOND / tick));
      }
    }
    return OptionalInt.empty();
  }

  /** The machine's own clock when memory was saved. */
  public Optional<Instant> time() {
    try {
      Optional<KernelObject> timekeeper = timekeeper();
      return timekeeper.isEmpty()
          ? Optional.empty()
          : Optional.of(
              Instant.ofEpochSecond(timekeeper.get().firstOf("xtime_sec", "xtime.tv_sec").value()));
    } catch (KernelReadException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * When the machine's monotonic clock, which the log's times are near to, was 0 by its clock on
   * the wall: {@code offs_real}, since 3.6. A clock that was set later makes it right for that
   * time.
   */
  public Optional<Instant> bootTime() {
    try {
      Optional<KernelObject> timekeeper = timekeeper();
      return timekeeper.isEmpty()
          ? Optional.empty()
          : Optional.of(
              Instant.ofEpochSecond(
                  0, timekeeper.get().firstOf("offs_real.tv64", "offs_real").value()));
    } catch (KernelReadException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * A variable of its own since Linux 3.4, and since 3.17 behind a sequence counter in {@code
   * tk_core}; the newest kernels have an array of such, of which the first is the system's (Linux
   * kernel/time/timekeeping.c).
   */
  private Optional<KernelObject> timekeeper() throws KernelReadException {
    Optional<TypedMemory> typed = linux.types();
    if (typed.isEmpty()) {
      return Optional.empty();
    }
    String type = "struct timekeeper";
    if (typed.get().address("timekeeper").isPresent()) {
      return Optional.of(typed.get().variable("timekeeper", type));
    }
    for (String name : List.of("tk_core", "timekeeper_data")) {
      Optional<Long> core = typed.get().address(name);
      if (core.isPresent()) {
        return Optional.of(typed.get().object(type, core.get() + offsetInCore(typed.get())));
      }
    }
    return Optional.empty();
  }

  /** {@code tk_core} had no name for its type until {@code struct tk_data} of Linux 6.13. */
  private static long offsetInCore(TypedMemory typed) throws KernelReadException {
    if (typed.types().has("struct tk_data", "timekeeper")) {
      return typed.object("struct tk_data", 0).member("timekeeper").address();
    }
    long counter =
        typed
            .types()
            .find("seqcount_raw_spinlock_t")
            .or(() -> typed.types().find("seqcount_t"))
            .map(found -> found.get().size().orElse(Integer.BYTES))
            .orElse((long) Integer.BYTES);
    return (counter + Long.BYTES - 1) & -Long.BYTES;
  }

  /** Pages of memory that the kernel manages, of all nodes. */
  public OptionalLong memoryPages() {
    Optional<TypedMemory> typed = linux.types();
    if (typed.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      String type = "struct pglist_data";
      if (typed.get().address("contig_page_data").isPresent()) {
        KernelObject node = typed.get().variable("contig_page_data", type);
        return OptionalLong.of(node.value("node_present_pages"));
      }
      return nodes(typed.get(), type);
    } catch (KernelReadException e) {
      return OptionalLong.empty();
    }
  }

  private OptionalLong nodes(TypedMemory typed, String type) throws KernelReadException {
    Optional<Long> nodes = typed.address("node_data");
    if (nodes.isEmpty()) {
      return OptionalLong.empty();
    }
    long pages = 0;
    for (int i = 0; i < MAX_NODES; i++) {
      OptionalLong node = memory.word(nodes.get() + (long) i * memory.wordBytes());
      if (node.isEmpty() || node.getAsLong() == 0) {
        break;
      }
      pages += typed.object(type, node.getAsLong()).value("node_present_pages");
    }
    return OptionalLong.of(pages);
  }

  /** The processors' clock in MHz, where the kernel has a variable of it. */
  public OptionalInt processorMegahertz() {
    OptionalInt kilohertz = linux.address("cpu_khz").map(memory::int32).orElse(OptionalInt.empty());
    return kilohertz.isPresent() && kilohertz.getAsInt() > 0
        ? OptionalInt.of(kilohertz.getAsInt() / KHZ_PER_MHZ)
        : OptionalInt.empty();
  }

  /** {@code TAINT_*} bits (Linux Documentation/admin-guide/tainted-kernels.rst). */
  public OptionalLong taint() {
    return linux.address("tainted_mask").map(memory::word).orElse(OptionalLong.empty());
  }
}
