package org.vmcore.gdbstub.inspect.sched;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.vmcore.gdbstub.inspect.view.Text;

/** Timers as crash's {@code timer} lays them out. */
final class TimerText {
  private TimerText() {}

  private static int width(String title, LongStream numbers) {
    return numbers.mapToInt(n -> Long.toString(n).length()).reduce(title.length(), Math::max);
  }

  static void print(Timer.Wheels answer, Text out) {
    out.print("JIFFIES\n%s\n", Long.toUnsignedString(answer.jiffies()));
    int cpu = -1;
    for (Timer.Base base : answer.bases()) {
      if (base.cpu() != cpu) {
        out.print("\n");
      }
      cpu = base.cpu();
      if (base.name().isEmpty()) {
        out.print("TVEC_BASES[%d]: %x\n", cpu, base.address());
      } else {
        out.print("TIMER_BASES[%d][%s]: %x\n", cpu, base.name().get(), base.address());
      }
      table(base.timers(), out);
      out.notAll(base.incomplete());
    }
  }

  private static void table(List<Timer.Waiting> timers, Text out) {
    if (timers.isEmpty()) {
      out.print("  (none)\n");
      return;
    }
    int digits = out.digits();
    int expires = width("EXPIRES", timers.stream().mapToLong(Timer.Waiting::expires));
    int left = width("TTE", timers.stream().mapToLong(Timer.Waiting::timeToExpire));
    String row = "  %" + expires + "s  %" + left + "s  %" + digits + "s  %-" + digits + "s  %s";
    String title = "TIMER_LIST" + " ".repeat(Math.max((digits - 10) / 2, 0));
    out.line(row, "EXPIRES", "TTE", title, "FUNCTION", "");
    for (Timer.Waiting timer : timers) {
      out.line(
          row,
          Long.toUnsignedString(timer.expires()),
          timer.timeToExpire(),
          Long.toHexString(timer.timerList()),
          Long.toHexString(timer.function()),
          timer.functionName().map(name -> "<" + name + ">").orElse(""));
    }
  }

  static void print(Timer.Clocks answer, Text out) {
    for (Timer.CpuClocks cpu : answer.cpus()) {
      out.print("CPU: %d  HRTIMER_CPU_BASE: %x\n", cpu.cpu(), cpu.address());
      for (Timer.Clock clock : cpu.clocks()) {
        out.print("  CLOCK: %d  HRTIMER_CLOCK_BASE: %x", clock.clock(), clock.address());
        clock.name().ifPresent(name -> out.print("  [%s]", name));
        out.print("\n");
        if (clock.timers().isEmpty()) {
          out.print("  (empty)\n");
        } else {
          table(clock, out);
        }
        out.notAll(clock.incomplete());
        out.print("\n");
      }
    }
  }

  private static void table(Timer.Clock clock, Text out) {
    List<Timer.HighResolution> timers = clock.timers();
    int digits = out.digits();
    int soft = width("SOFTEXPIRES", timers.stream().mapToLong(Timer.HighResolution::softExpires));
    int expires = width("EXPIRES", timers.stream().mapToLong(Timer.HighResolution::expires));
    OptionalLong now = clock.current();
    int left = width("TTE", timers.stream().mapToLong(timer -> timer.expires() - now.orElse(0)));
    if (now.isPresent()) {
      out.row("  %" + soft + "s\n  %" + soft + "d\n", "CURRENT", now.getAsLong());
    }
    String row =
        "  %" + soft + "s  %" + expires + "s  %" + left + "s  %-" + digits + "s  %-" + digits + "s";
    out.line(row, "SOFTEXPIRES", "EXPIRES", "TTE", "HRTIMER", "FUNCTION");
    for (Timer.HighResolution timer : timers) {
      out.row(
          row,
          timer.softExpires(),
          timer.expires(),
          timer.timeToExpire().isPresent() ? timer.timeToExpire().getAsLong() : "?",
          Long.toHexString(timer.hrtimer()),
          Long.toHexString(timer.function()));
      timer.functionName().ifPresent(name -> out.print("  <%s>", name));
      out.print("\n");
    }
  }
}
