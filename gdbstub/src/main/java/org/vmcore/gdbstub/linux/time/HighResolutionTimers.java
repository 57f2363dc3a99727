package org.vmcore.gdbstub.linux.time;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** The timers in nanoseconds that wait on each CPU (Linux include/linux/hrtimer.h). */
public final class HighResolutionTimers {
  private static final String BASES = "hrtimer_bases";
  private static final String TIMER = "struct hrtimer";

  private HighResolutionTimers() {}

  /**
   * A timer that waits.
   *
   * @param address of its {@code struct hrtimer}
   * @param softExpires the earliest time it may be called at, in ns by its clock
   * @param expires the latest, in ns by its clock
   * @param function address of what is to be called
   */
  public record Timer(long address, long softExpires, long expires, long function) {}

  /**
   * What waits for one clock.
   *
   * @param address of its {@code struct hrtimer_clock_base}
   * @param offset what is added to the monotonic clock to make it, in ns
   * @param clock address of the function that reads it; 0 where it does not say
   * @param timers the next to expire first
   * @param problem why the list is not whole, if it is not
   */
  public record Clock(
      long address, long offset, long clock, List<Timer> timers, Optional<String> problem) {
    public Clock {
      timers = List.copyOf(timers);
    }
  }

  /**
   * A CPU's clocks.
   *
   * @param address of its {@code struct hrtimer_cpu_base}
   */
  public record Base(int cpu, long address, List<Clock> clocks) {
    public Base {
      clocks = List.copyOf(clocks);
    }
  }

  /**
   * The timers of some CPUs.
   *
   * @throws KernelReadException when the kernel's types do not tell how timers are kept
   */
  public static List<Base> read(TypedMemory memory, List<Integer> cpus) throws KernelReadException {
    PerCpu perCpu = new PerCpu(memory);
    List<Base> bases = new ArrayList<>();
    for (int cpu : cpus) {
      OptionalLong address = perCpu.address(BASES, cpu);
      if (address.isEmpty()) {
        throw new KernelReadException(
            Reason.ABSENT, "the kernel has no symbol '" + BASES + "' of CPU " + cpu);
      }
      KernelObject base = memory.object("struct hrtimer_cpu_base", address.getAsLong());
      List<Clock> clocks = new ArrayList<>();
      for (KernelObject clock : base.member("clock_base").elements()) {
        clocks.add(clock(clock));
      }
      bases.add(new Base(cpu, base.address(), clocks));
    }
    return bases;
  }

  private static Clock clock(KernelObject clock) throws KernelReadException {
    List<Timer> timers = new ArrayList<>();
    Optional<String> problem = Optional.empty();
    try {
      Walk walk = walk(clock.member("active"));
      problem = walk.problem();
      for (KernelObject timer : walk) {
        timers.add(timer(timer));
      }
    } catch (KernelReadException e) {
      if (e.reason() == Reason.ABSENT) {
        throw e;
      }
      problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
    }
    timers.sort(Comparator.comparing(Timer::expires));
    return new Clock(
        clock.address(),
        TimeMembers.OFFSET.isIn(clock) ? TimeMembers.OFFSET.in(clock).value() : 0,
        TimeMembers.CLOCK.isIn(clock) ? TimeMembers.CLOCK.in(clock).value() : 0,
        timers,
        problem);
  }

  /**
   * A {@code timerqueue_head} since 2.6.38, whose tree keeps its first node apart since 5.4; a
   * plain tree before.
   */
  private static Walk walk(KernelObject active) throws KernelReadException {
    if (active.has("rb_root.rb_root")) {
      return active.member("rb_root.rb_root").rbTree(TIMER, "node.node");
    } else if (active.has("head")) {
      return active.member("head").rbTree(TIMER, "node.node");
    }
    return active.rbTree(TIMER, "node");
  }

  private static Timer timer(KernelObject timer) throws KernelReadException {
    return new Timer(
        timer.address(),
        TimeMembers.SOFT_EXPIRES.in(timer).value(),
        TimeMembers.EXPIRES.in(timer).value(),
        timer.value("function"));
  }
}
