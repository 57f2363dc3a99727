package org.vmcore.gdbstub.inspect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.time.HighResolutionTimers;
import org.vmcore.gdbstub.linux.time.HighResolutionTimers.Base;
import org.vmcore.gdbstub.linux.time.HighResolutionTimers.Clock;
import org.vmcore.gdbstub.linux.time.HighResolutionTimers.Timer;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** What {@code timer -r} prints. */
final class HighResolutionTable {
  private final SymbolNames symbols;
  private final int digits;
  private final Optional<Long> monotonic;

  private HighResolutionTable(LinuxKernel linux, int digits) {
    this.symbols = linux.symbolNames();
    this.digits = digits;
    this.monotonic = new SystemState(linux).uptime().map(Duration::toNanos);
  }

  static Answer answer(TypedMemory memory, List<Integer> cpus, LinuxKernel linux, int digits)
      throws KernelReadException {
    HighResolutionTable table = new HighResolutionTable(linux, digits);
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    for (Base base : HighResolutionTimers.read(memory, cpus)) {
      text.append("CPU: %d  HRTIMER_CPU_BASE: %x\n".formatted(base.cpu(), base.address()));
      List<Object> clocks = new ArrayList<>();
      int number = 0;
      for (Clock clock : base.clocks()) {
        text.append(table.text(number, clock)).append('\n');
        clocks.add(table.tree(number++, clock));
      }
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("cpu", base.cpu());
      one.put("address", hex(base.address()));
      one.put("clocks", clocks);
      tree.add(one);
    }
    return new Answer(text.toString(), tree);
  }

  private static String hex(long address) {
    return KernelCommand.hex(address);
  }

  private Optional<Long> now(Clock clock) {
    return monotonic.map(nanos -> nanos + clock.offset());
  }

  private String text(int number, Clock clock) {
    StringBuilder text = new StringBuilder();
    text.append("  CLOCK: %d  HRTIMER_CLOCK_BASE: %x".formatted(number, clock.address()));
    name(clock.clock()).ifPresent(name -> text.append("  [").append(name).append(']'));
    text.append('\n');
    if (clock.timers().isEmpty()) {
      text.append("  (empty)\n");
    } else {
      table(text, clock);
    }
    return text.append(KernelCommand.note(clock.problem())).toString();
  }

  private void table(StringBuilder text, Clock clock) {
    List<Timer> timers = clock.timers();
    Optional<Long> now = now(clock);
    int soft = width("SOFTEXPIRES", timers.stream().mapToLong(Timer::softExpires));
    int expires = width("EXPIRES", timers.stream().mapToLong(Timer::expires));
    int left = width("TTE", timers.stream().mapToLong(timer -> timer.expires() - now.orElse(0L)));
    now.ifPresent(
        time -> text.append(("  %" + soft + "s\n  %" + soft + "d\n").formatted("CURRENT", time)));
    String row =
        "  %" + soft + "s  %" + expires + "s  %" + left + "s  %-" + digits + "s  %-" + digits + "s";
    String titles = row.formatted("SOFTEXPIRES", "EXPIRES", "TTE", "HRTIMER", "FUNCTION");
    text.append(titles.stripTrailing());
    text.append('\n');
    for (Timer timer : timers) {
      text.append(
          row.formatted(
              timer.softExpires(),
              timer.expires(),
              now.map(time -> String.valueOf(timer.expires() - time)).orElse("?"),
              Long.toHexString(timer.address()),
              Long.toHexString(timer.function())));
      name(timer.function()).ifPresent(name -> text.append("  <").append(name).append('>'));
      text.append('\n');
    }
  }

  private static int width(String title, LongStream numbers) {
    return numbers.mapToInt(n -> Long.toString(n).length()).reduce(title.length(), Math::max);
  }

  private Optional<String> name(long function) {
    return function == 0 ? Optional.empty() : symbols.at(function).map(Located::text);
  }

  private Map<String, Object> tree(int number, Clock clock) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("clock", number);
    tree.put("address", hex(clock.address()));
    name(clock.clock()).ifPresent(name -> tree.put("name", name));
    now(clock).ifPresent(time -> tree.put("current", time));
    List<Object> timers = new ArrayList<>();
    for (Timer timer : clock.timers()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("soft_expires", timer.softExpires());
      one.put("expires", timer.expires());
      now(clock).ifPresent(time -> one.put("time_to_expire", timer.expires() - time));
      one.put("hrtimer", hex(timer.address()));
      one.put("function", hex(timer.function()));
      name(timer.function()).ifPresent(name -> one.put("function_name", name));
      timers.add(one);
    }
    tree.put("timers", timers);
    return tree;
  }
}
