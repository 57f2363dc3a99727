package org.vmcore.gdbstub.inspect.hangs;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.hang.CpuTicks;
import org.vmcore.gdbstub.linux.time.Timers;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** How long ago things were, by the kernel's clocks. */
final class HangClock {
  private static final long NANOS = 1_000_000;
  private static final long MILLIS = 1000;

  private final OptionalLong jiffies;
  private final OptionalInt ticksPerSecond;
  private final long scheduler;
  private final OptionalLong monotonic;
  private final boolean isNarrow;

  private HangClock(
      OptionalLong jiffies,
      OptionalInt ticksPerSecond,
      long scheduler,
      OptionalLong monotonic,
      boolean isNarrow) {
    this.jiffies = jiffies;
    this.ticksPerSecond = ticksPerSecond;
    this.scheduler = scheduler;
    this.monotonic = monotonic;
    this.isNarrow = isNarrow;
  }

  static HangClock of(Call call, List<CpuTicks.Ticks> ticks) throws MissingFactException {
    SystemState state = new SystemState(call.machine().linux());
    OptionalLong jiffies;
    try {
      jiffies = OptionalLong.of(Timers.jiffies(call.typed()));
    } catch (KernelReadException e) {
      call.notes().incomplete(e);
      jiffies = OptionalLong.empty();
    }
    // What is printed last, as the panic is, is later than the last tick of any CPU.
    long scheduler =
        call.machine().log().records().stream()
            .flatMapToLong(record -> record.nanoseconds().stream())
            .max()
            .orElse(0);
    for (CpuTicks.Ticks one : ticks) {
      scheduler = Math.max(scheduler, one.clock().orElse(0));
    }
    return new HangClock(
        jiffies,
        state.ticksPerSecond(),
        scheduler,
        state.uptimeNanos(),
        call.machine().pointerBytes() == Integer.BYTES);
  }

  /** In ms, since a time in jiffies; negative for one to come. */
  OptionalLong sinceJiffies(OptionalLong then) {
    if (then.isEmpty() || jiffies.isEmpty() || ticksPerSecond.isEmpty()) {
      return OptionalLong.empty();
    }
    long passed = jiffies.getAsLong() - then.getAsLong();
    return OptionalLong.of((isNarrow ? (int) passed : passed) * MILLIS / ticksPerSecond.getAsInt());
  }

  /** The same since a time of the scheduler's clock, in ns, which the log has too. */
  OptionalLong sinceScheduler(OptionalLong then) {
    return then.isEmpty()
        ? then
        : OptionalLong.of(Math.max(scheduler - then.getAsLong(), 0) / NANOS);
  }

  /** The same since a time of the monotonic clock, in ns; negative for one to come. */
  OptionalLong sinceMonotonic(long then) {
    return then == 0 || monotonic.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of((monotonic.getAsLong() - then) / NANOS);
  }
}
