package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.time.Timers;
import org.vmcore.gdbstub.linux.time.Timers.Base;
import org.vmcore.gdbstub.linux.time.Timers.Timer;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** {@code monitor timer [-r]}, laid out after the command of that name in crash. */
final class TimerCommand extends KernelCommand {
  TimerCommand() {
    super(
        "timer",
        "[-r]",
        "List the timers that wait on each CPU",
        """
        EXPIRES and JIFFIES are in the kernel's ticks, TTE is the time to expire; one that is
        negative was overdue. TIMER_LIST is the address of the struct timer_list, FUNCTION what is
        to be called. -r lists the high-resolution timers instead, by their clocks, in ns: CURRENT
        is the time by the clock at the last tick.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    if (arguments.equals(List.of("-r"))) {
      return HighResolutionTable.answer(
          typed(call), cpus(call), machine(call).linux(), machine(call).pointerBytes() * 2);
    }
    takesNone(arguments);
    TypedMemory memory = typed(call);
    SymbolNames symbols = machine(call).linux().symbolNames();
    long jiffies = Timers.jiffies(memory);
    StringBuilder text = new StringBuilder("JIFFIES\n" + Long.toUnsignedString(jiffies) + "\n");
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("jiffies", jiffies);
    List<Object> bases = new ArrayList<>();
    int cpu = -1;
    for (Base base : Timers.read(memory, cpus(call))) {
      text.append(base.cpu() == cpu ? "" : "\n");
      cpu = base.cpu();
      text.append(
          base.name().isEmpty()
              ? "TVEC_BASES[%d]: %x\n".formatted(cpu, base.address())
              : "TIMER_BASES[%d][%s]: %x\n".formatted(cpu, base.name(), base.address()));
      text.append(table(base.timers(), jiffies, machine(call).pointerBytes() * 2, symbols));
      text.append(note(base.problem()));
      bases.add(tree(base, jiffies, symbols));
    }
    tree.put("bases", bases);
    return new Answer(text.toString(), tree);
  }

  private static String table(List<Timer> timers, long jiffies, int digits, SymbolNames symbols) {
    if (timers.isEmpty()) {
      return "  (none)\n";
    }
    int expires = width("EXPIRES", timers.stream().mapToLong(Timer::expires));
    int left = width("TTE", timers.stream().mapToLong(timer -> timer.expires() - jiffies));
    String row = "  %" + expires + "s  %" + left + "s  %" + digits + "s  %-" + digits + "s  %s";
    StringBuilder text = new StringBuilder();
    String title = "TIMER_LIST" + " ".repeat((digits - 10) / 2);
    text.append(row.formatted("EXPIRES", "TTE", title, "FUNCTION", "").stripTrailing());
    text.append('\n');
    for (Timer timer : timers) {
      Optional<Located> function = symbols.at(timer.function());
      text.append(
          row.formatted(
                  Long.toUnsignedString(timer.expires()),
                  timer.expires() - jiffies,
                  Long.toHexString(timer.address()),
                  Long.toHexString(timer.function()),
                  function.map(found -> "<" + found.text() + ">").orElse(""))
              .stripTrailing());
      text.append('\n');
    }
    return text.toString();
  }

  private static int width(String title, LongStream numbers) {
    return numbers.mapToInt(n -> Long.toString(n).length()).reduce(title.length(), Math::max);
  }

  private static Map<String, Object> tree(Base base, long jiffies, SymbolNames symbols) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("cpu", base.cpu());
    tree.put("name", base.name());
    tree.put("address", hex(base.address()));
    List<Object> timers = new ArrayList<>();
    for (Timer timer : base.timers()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("expires", timer.expires());
      one.put("time_to_expire", timer.expires() - jiffies);
      one.put("timer_list", hex(timer.address()));
      one.put("function", hex(timer.function()));
      symbols.at(timer.function()).ifPresent(found -> one.put("function_name", found.text()));
      timers.add(one);
    }
    tree.put("timers", timers);
    return tree;
  }
}
