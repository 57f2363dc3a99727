package org.vmcore.gdbstub.linux;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.time.TimeMembers;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The machine as a whole when it crashed. What cannot be told is empty; {@link #reasons} says why
 * of its clocks, which many kernels keep in another way.
 */
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

  /** {@code wall_to_monotonic} is within these bytes of {@code tk_core}. */
  private static final int TIMEKEEPER_HEAD = 256;

  /** Seconds by which the count of ticks may be behind or ahead of the clock. */
  private static final long CLOCKS_APART = 3;

  private static final String UNKNOWN_CLOCK =
      "where this kernel keeps its time is not known, as far as BTF, --vmlinux or --types tells";

  private static final int KHZ_PER_MHZ = 1000;
  private static final long HZ_PER_MHZ = 1_000_000;

  private final LinuxKernel linux;
  private final KernelMemory memory;
  private final Reasons reasons = new Reasons();

  public SystemState(LinuxKernel linux) {
    this.linux = linux;
    this.memory = linux.memory();
  }

  /** Why what was asked so far could not be told. */
  public Reasons reasons() {
    return reasons;
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

  /** The same in ns; empty also for centuries, which no clock in ns has counted. */
  public OptionalLong uptimeNanos() {
    Optional<Duration> uptime =
        uptime().filter(time -> time.toSeconds() < Long.MAX_VALUE / NANOS_PER_SECOND);
    return uptime.isPresent() ? OptionalLong.of(uptime.get().toNanos()) : OptionalLong.empty();
  }

  /**
   * CONFIG_HZ, by the clock that counts jiffies: its {@code mult} is the nanoseconds of a tick,
   * shifted left by the {@code shift} that follows; some kernels of 2.6 have the same again, {@code
   * mult_orig}, between them.
   */
  public OptionalInt ticksPerSecond() {
    Optional<ByteBuffer> clock =
        linux.address("clocksource_jiffies").flatMap(at -> memory.bytes(at, CLOCKSOURCE_HEAD));
    for (int at = 0; clock.isPresent() && at + Long.BYTES <= CLOCKSOURCE_HEAD; at += 4) {
      long tick = Integer.toUnsignedLong(clock.get().getInt(at)) >> JIFFIES_SHIFT;
      boolean isTwice =
          at + 3 * Integer.BYTES <= CLOCKSOURCE_HEAD
              && clock.get().getInt(at + Integer.BYTES) == clock.get().getInt(at);
      int shiftAt = at + (isTwice ? 2 * Integer.BYTES : Integer.BYTES);
      if (clock.get().getInt(shiftAt) == JIFFIES_SHIFT
          && tick > NANOS_PER_SECOND / MAX_HZ
          && tick < NANOS_PER_SECOND / MIN_HZ) {
        return OptionalInt.of((int) Math.round((double) NANOS_PER_SECOND / tick));
      }
    }
    return OptionalInt.empty();
  }

  /** The machine's own clock when memory was saved. */
  public Optional<Instant> time() {
    // A variable of its own until 3.3: struct timespec xtime.
    OptionalLong xtime = linux.address("xtime").map(memory::word).orElse(OptionalLong.empty());
    if (xtime.isPresent()) {
      return instant(xtime.getAsLong(), 0);
    }
    try {
      Optional<KernelObject> timekeeper = timekeeper();
      if (timekeeper.isPresent()) {
        return instant(TimeMembers.WALL_SECONDS.in(timekeeper.get()).value(), 0);
      }
      Optional<Instant> byShape = timeByShape();
      if (byShape.isEmpty()) {
        reasons.add(UNKNOWN_CLOCK);
      }
      return byShape;
    } catch (KernelReadException e) {
      // A module has only the types that it uses.
      Optional<Instant> byShape = timeByShape();
      if (byShape.isEmpty()) {
        reasons.add(e);
      }
      return byShape;
    }
  }

  private Optional<Instant> instant(long seconds, long nanoseconds) {
    try {
      if (isInstant(seconds)) {
        return Optional.of(Instant.ofEpochSecond(seconds, nanoseconds));
      }
    } catch (DateTimeException e) {
      // As if it were too large by itself.
    }
    reasons.add("the kernel's clock stands at %d seconds, which is no time".formatted(seconds));
    return Optional.empty();
  }

  /**
   * The same without types, where {@code tk_core} has three members that prove each other and the
   * uptime (Linux include/linux/timekeeper_internal.h, since 3.19): {@code u64 xtime_sec; unsigned
   * long ktime_sec; struct timespec64 wall_to_monotonic}. The second is the sum of the others.
   */
  private Optional<Instant> timeByShape() {
    Optional<ByteBuffer> core =
        linux.address("tk_core").flatMap(at -> memory.bytes(at, TIMEKEEPER_HEAD));
    long uptime = uptime().map(Duration::toSeconds).orElse(-1L);
    if (core.isEmpty() || uptime < 0) {
      return Optional.empty();
    }
    int word = memory.wordBytes();
    for (int at = 0; at + 2 * Long.BYTES + 3 * word <= TIMEKEEPER_HEAD; at += word) {
      long wall = core.get().getLong(at);
      long monotonic = memory.word(core.get(), at + Long.BYTES);
      // On 32 bits some compilers put a gap before the third.
      for (int third = at + Long.BYTES + word; third <= at + 2 * Long.BYTES; third += word) {
        long toMonotonic = core.get().getLong(third);
        long difference = monotonic - wall - toMonotonic;
        long nanoseconds = memory.word(core.get(), third + Long.BYTES);
        if (isInstant(wall)
            && (difference == 0 || difference == 1)
            && toMonotonic <= 0
            && nanoseconds < NANOS_PER_SECOND
            && monotonic > 0
            && Math.abs(monotonic - uptime) <= CLOCKS_APART) {
          return Optional.of(Instant.ofEpochSecond(wall));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isInstant(long seconds) {
    return seconds >= 0 && seconds <= Instant.MAX.getEpochSecond();
  }

  /**
   * When the machine's monotonic clock, which the log's times are near to, was 0 by its clock on
   * the wall: {@code offs_real}, since 3.6. A clock that was set later makes it right for that
   * time.
   */
  public Optional<Instant> bootTime() {
    try {
      Optional<Long> variable = linux.address("wall_to_monotonic");
      if (variable.isPresent()) {
        return bootTime(
            memory.word(variable.get()), memory.word(variable.get() + memory.wordBytes()));
      }
      Optional<KernelObject> timekeeper = timekeeper();
      if (timekeeper.isEmpty()) {
        reasons.add(UNKNOWN_CLOCK);
        return Optional.empty();
      }
      if (TimeMembers.BOOT_TIME.isIn(timekeeper.get())) {
        return instant(0, TimeMembers.BOOT_TIME.in(timekeeper.get()).value());
      }
      KernelObject toMonotonic = TimeMembers.TO_MONOTONIC.in(timekeeper.get());
      return bootTime(
          OptionalLong.of(toMonotonic.value("tv_sec")),
          OptionalLong.of(toMonotonic.value("tv_nsec")));
    } catch (KernelReadException e) {
      reasons.add(e);
      return Optional.empty();
    }
  }

  /**
   * @param seconds of {@code wall_to_monotonic}, below 0
   * @param nanoseconds that are added to them
   */
  private Optional<Instant> bootTime(OptionalLong seconds, OptionalLong nanoseconds) {
    if (seconds.isEmpty() || nanoseconds.isEmpty()) {
      reasons.add("wall_to_monotonic cannot be read");
      return Optional.empty();
    }
    // Sign-extended where words are of 32 bits.
    int shift = Long.SIZE - memory.wordBytes() * Byte.SIZE;
    long toMonotonic = seconds.getAsLong() << shift >> shift;
    return instant(-toMonotonic, -nanoseconds.getAsLong());
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
    KernelTypes types = typed.types().withoutModules();
    if (types.has("struct tk_data", "timekeeper")) {
      return typed.object("struct tk_data", 0).member("timekeeper").address();
    }
    long counter =
        types
            .find("seqcount_raw_spinlock_t")
            .or(() -> types.find("seqcount_t"))
            .map(found -> found.get().size().orElse(Integer.BYTES))
            .orElse((long) Integer.BYTES);
    return (counter + Long.BYTES - 1) & -Long.BYTES;
  }

  /**
   * All threads but the idle ones, as the kernel counts them where it links and unlinks each (Linux
   * kernel/fork.c, copy_process; kernel/exit.c, __unhash_process); empty where no symbol tells.
   */
  public OptionalInt threads() {
    OptionalInt counted =
        linux.address("nr_threads").map(memory::int32).orElse(OptionalInt.empty());
    return counted.orElse(0) > 0 ? counted : OptionalInt.empty();
  }

  /** Pages of memory that the kernel manages, of all nodes. */
  public OptionalLong memoryPages() {
    OptionalLong offset = presentPagesOffset();
    if (offset.isEmpty()) {
      return OptionalLong.empty();
    }
    Optional<Long> only = linux.address("contig_page_data");
    if (only.isPresent()) {
      return memory.word(only.get() + offset.getAsLong());
    }
    Optional<Long> nodes = linux.address("node_data");
    long pages = 0;
    for (int i = 0; nodes.isPresent() && i < MAX_NODES; i++) {
      OptionalLong node = memory.word(nodes.get() + (long) i * memory.wordBytes());
      if (node.isEmpty() || node.getAsLong() == 0) {
        break;
      }
      pages += memory.word(node.getAsLong() + offset.getAsLong()).orElse(0);
    }
    return pages == 0 ? OptionalLong.empty() : OptionalLong.of(pages);
  }

  /**
   * Of {@code pglist_data.node_present_pages}; where types lack it, between the two members that
   * VMCOREINFO has and that have been its neighbours on every kernel (Linux
   * include/linux/mmzone.h).
   */
  private OptionalLong presentPagesOffset() {
    OptionalLong typed =
        linux
            .types()
            .flatMap(types -> types.types().compound("struct pglist_data"))
            .map(node -> node.offsetOf("node_present_pages"))
            .orElse(OptionalLong.empty());
    if (typed.isPresent() || linux.vmcoreinfo().isEmpty()) {
      return typed;
    }
    OptionalLong start = linux.vmcoreinfo().get().offset("pglist_data.node_start_pfn");
    OptionalLong spanned = linux.vmcoreinfo().get().offset("pglist_data.node_spanned_pages");
    int word = memory.wordBytes();
    return start.isPresent() && spanned.orElse(0) == start.getAsLong() + 2L * word
        ? OptionalLong.of(start.getAsLong() + word)
        : OptionalLong.empty();
  }

  /** The processors' clock in MHz, where the kernel has a variable of it: x86's or powerpc's. */
  public OptionalInt processorMegahertz() {
    OptionalLong hertz =
        linux.address("ppc_proc_freq").map(memory::word).orElse(OptionalLong.empty());
    if (hertz.isPresent() && hertz.getAsLong() / HZ_PER_MHZ > 0) {
      return OptionalInt.of((int) (hertz.getAsLong() / HZ_PER_MHZ));
    }
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
