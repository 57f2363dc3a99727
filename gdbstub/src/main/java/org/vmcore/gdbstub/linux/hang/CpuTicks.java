package org.vmcore.gdbstub.linux.hang;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * When each CPU last did what it does again and again: its scheduler's clock is set at each tick of
 * its timer ({@code rq.clock}, Linux kernel/sched/core.c), and the soft lockup watchdog's time
 * whenever its CPU comes to run the highest-priority thread (kernel/watchdog.c).
 */
public final class CpuTicks {
  /** {@code get_timestamp()} of kernel/watchdog.c: units of 2^30 ns, about a second. */
  private static final int WATCHDOG_SHIFT = 30;

  private static final String WATCHDOG = "watchdog_touch_ts";

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private CpuTicks() {}

  /**
   * A CPU.
   *
   * @param clock in ns: when its timer last ticked, or it came to run another task
   * @param watchdog in ns, within a second: when the watchdog's time was last set; empty where it
   *     does not run
   */
  public record Ticks(int cpu, OptionalLong clock, OptionalLong watchdog) {}

  /**
   * Reads it of some CPUs; both by the clock that the log has, too.
   *
   * @param reasons told what could not be read
   */
  public static List<Ticks> read(TypedMemory memory, List<Integer> cpus, Reasons reasons) {
    PerCpu perCpu = new PerCpu(memory);
    List<Ticks> all = new ArrayList<>();
    for (int cpu : cpus) {
      all.add(
          new Ticks(
              cpu,
              number(() -> clock(memory, perCpu, cpu), reasons),
              number(() -> watchdog(memory, perCpu, cpu), reasons)));
    }
    return all;
  }

  /**
   * What the kernel lets pass before it calls a CPU locked up, in ns: twice {@code
   * watchdog_thresh}; empty on a kernel without that watchdog.
   */
  public static OptionalLong lockupAfter(TypedMemory memory) {
    OptionalInt seconds =
        memory.address("watchdog_thresh").map(memory.memory()::int32).orElse(OptionalInt.empty());
    return seconds.isPresent()
        ? OptionalLong.of(2 * NANOS_PER_SECOND * seconds.getAsInt())
        : OptionalLong.empty();
  }

  private static OptionalLong number(Reasons.Reading<OptionalLong> reading, Reasons reasons) {
    return reasons.optional(reading).orElse(OptionalLong.empty());
  }

  private static OptionalLong clock(TypedMemory memory, PerCpu perCpu, int cpu)
      throws KernelReadException {
    OptionalLong queue = perCpu.address("runqueues", cpu);
    return queue.isPresent()
        ? OptionalLong.of(memory.object("struct rq", queue.getAsLong()).value("clock"))
        : queue;
  }

  /** 0, or all bits, is no time: it is to be set anew, or was never. */
  private static OptionalLong watchdog(TypedMemory memory, PerCpu perCpu, int cpu)
      throws KernelReadException {
    OptionalLong variable = perCpu.address(WATCHDOG, cpu);
    if (variable.isEmpty()) {
      return variable;
    }
    KernelObject time = memory.object("unsigned long", variable.getAsLong());
    long value = time.value();
    long most = Long.MAX_VALUE >>> WATCHDOG_SHIFT;
    return value > 0 && value <= most
        ? OptionalLong.of(value << WATCHDOG_SHIFT)
        : OptionalLong.empty();
  }
}
