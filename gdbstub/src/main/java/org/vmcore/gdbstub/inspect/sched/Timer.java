package org.vmcore.gdbstub.inspect.sched;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.CpuList;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.time.HighResolutionTimers;
import org.vmcore.gdbstub.linux.time.Timers;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code timer}, laid out after the command of that name in crash. */
@Command(
    name = "timer",
    description = "List the timers that wait on each CPU.",
    footer =
        """
        EXPIRES and JIFFIES are in the kernel's ticks, TTE is the time to expire; one that is
        negative was overdue. TIMER_LIST is the address of the struct timer_list, FUNCTION what is
        to be called. With -r all is in ns, and CURRENT is the time by the clock at the last tick.
        """)
public final class Timer extends Query<Timer.Answer> {
  @Option(names = "-r", description = "List the high-resolution timers instead, by their clocks.")
  private boolean highResolution;

  @Option(names = "-C", paramLabel = "CPU,...", description = "Of these CPUs only.")
  private @Nullable String cpuList;

  /** Timers of one kind. */
  sealed interface Answer permits Wheels, Clocks {}

  /**
   * Those that count ticks.
   *
   * @param jiffies the clock that they are set by; unsigned
   */
  record Wheels(long jiffies, List<Base> bases) implements Answer {}

  /**
   * A CPU's timers of one kind.
   *
   * @param name such as {@code BASE_STD}; none where there is one kind only
   * @param address of the {@code struct timer_base}
   * @param timers the next to expire first
   * @param incomplete why these are not all, if they are not
   */
  record Base(
      int cpu,
      Optional<String> name,
      @Hex long address,
      List<Waiting> timers,
      Optional<String> incomplete) {}

  /**
   * A timer that waits.
   *
   * @param expires in jiffies; unsigned
   * @param timeToExpire the same from now on
   * @param timerList address of its {@code struct timer_list}
   * @param function address of what is to be called
   */
  record Waiting(
      long expires,
      long timeToExpire,
      @Hex long timerList,
      @Hex long function,
      Optional<String> functionName) {}

  /** Those that count nanoseconds, of each CPU. */
  record Clocks(List<CpuClocks> cpus) implements Answer {}

  /**
   * A CPU's clocks.
   *
   * @param address of its {@code struct hrtimer_cpu_base}
   */
  record CpuClocks(int cpu, @Hex long address, List<Clock> clocks) {}

  /**
   * What waits for one clock.
   *
   * @param address of its {@code struct hrtimer_clock_base}
   * @param name of the function that reads it
   * @param current time by it at the last tick, in ns
   * @param timers the next to expire first
   * @param incomplete why these are not all, if they are not
   */
  record Clock(
      int clock,
      @Hex long address,
      Optional<String> name,
      OptionalLong current,
      List<HighResolution> timers,
      Optional<String> incomplete) {}

  /**
   * A timer that waits.
   *
   * @param softExpires the earliest time it may be called at, in ns by its clock
   * @param expires the latest
   * @param timeToExpire the same from now on
   * @param hrtimer address of its {@code struct hrtimer}
   * @param function address of what is to be called
   */
  record HighResolution(
      long softExpires,
      long expires,
      OptionalLong timeToExpire,
      @Hex long hrtimer,
      @Hex long function,
      Optional<String> functionName) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    List<Integer> cpus = cpuList == null ? call.cpus() : CpuList.parse(call, cpuList);
    return highResolution ? clocks(call, cpus) : wheels(call, cpus);
  }

  private static Optional<String> name(SymbolNames symbols, long function) {
    return function == 0 ? Optional.empty() : symbols.at(function).map(Located::text);
  }

  /** Jiffies are as wide as the machine's words, and wrap as these do. */
  private static long left(Call call, long difference) {
    return call.machine().pointerBytes() == Integer.BYTES ? (int) difference : difference;
  }

  private static Wheels wheels(Call call, List<Integer> chosen)
      throws MissingFactException, KernelReadException {
    long jiffies = Timers.jiffies(call.typed());
    SymbolNames symbols = call.symbols();
    List<Base> bases = new ArrayList<>();
    for (Timers.Base base : Timers.read(call.typed(), chosen)) {
      List<Waiting> timers = new ArrayList<>();
      for (Timers.Timer timer : base.timers()) {
        timers.add(
            new Waiting(
                timer.expires(),
                left(call, timer.expires() - jiffies),
                timer.address(),
                timer.function(),
                name(symbols, timer.function())));
      }
      bases.add(
          new Base(
              base.cpu(),
              Optional.of(base.name()).filter(name -> !name.isEmpty()),
              base.address(),
              timers,
              base.problem()));
    }
    return new Wheels(jiffies, bases);
  }

  private static Clocks clocks(Call call, List<Integer> chosen)
      throws MissingFactException, KernelReadException {
    SymbolNames symbols = call.symbols();
    OptionalLong monotonic = new SystemState(call.machine().linux()).uptimeNanos();
    List<CpuClocks> cpus = new ArrayList<>();
    for (HighResolutionTimers.Base base : HighResolutionTimers.read(call.typed(), chosen)) {
      List<Clock> clocks = new ArrayList<>();
      for (HighResolutionTimers.Clock clock : base.clocks()) {
        clocks.add(clock(clocks.size(), clock, monotonic, symbols));
      }
      cpus.add(new CpuClocks(base.cpu(), base.address(), clocks));
    }
    return new Clocks(cpus);
  }

  private static Clock clock(
      int number, HighResolutionTimers.Clock clock, OptionalLong monotonic, SymbolNames symbols) {
    OptionalLong now =
        monotonic.isPresent()
            ? OptionalLong.of(monotonic.getAsLong() + clock.offset())
            : OptionalLong.empty();
    List<HighResolution> timers = new ArrayList<>();
    for (HighResolutionTimers.Timer timer : clock.timers()) {
      timers.add(
          new HighResolution(
              timer.softExpires(),
              timer.expires(),
              now.isPresent() ? OptionalLong.of(timer.expires() - now.getAsLong()) : now,
              timer.address(),
              timer.function(),
              name(symbols, timer.function())));
    }
    return new Clock(
        number, clock.address(), name(symbols, clock.clock()), now, timers, clock.problem());
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Wheels wheels) {
      TimerText.print(wheels, out);
    } else if (answer instanceof Clocks clocks) {
      TimerText.print(clocks, out);
    }
  }
}
