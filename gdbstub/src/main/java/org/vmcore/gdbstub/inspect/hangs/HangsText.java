package org.vmcore.gdbstub.inspect.hangs;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.inspect.hangs.Hanging.CpuState;
import org.vmcore.gdbstub.inspect.hangs.Hanging.DiskRequest;
import org.vmcore.gdbstub.inspect.hangs.Hanging.GracePeriod;
import org.vmcore.gdbstub.inspect.hangs.Hanging.OverdueTimers;
import org.vmcore.gdbstub.inspect.hangs.Hanging.WorkPool;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Text;

/** Lays out what hangs: a paragraph for each kind that there is something of. */
final class HangsText {
  /** In ms: a CPU that has something to do is interrupted by its timer many times as often. */
  private static final long NO_TICK = 1000;

  private static final double MILLIS = 1000.0;

  private final Text out;
  private boolean isEmpty = true;

  HangsText(Text out) {
    this.out = out;
  }

  void print(Hanging answer) {
    part("WORKQUEUES", answer.pools(), this::print);
    part("FLUSHES", answer.flushes(), this::print);
    part("RCU", answer.rcu(), this::print);
    part("CPUS", notable(answer), this::print);
    part("CALLS OF OTHER CPUS", answer.calls(), this::print);
    part("TIMERS", answer.timers(), this::print);
    part("DISKS", answer.requests(), this::print);
    if (isEmpty) {
      out.print("nothing hangs\n");
    }
  }

  private interface Printer<T> {
    void print(T one);
  }

  private <T> void part(String title, List<T> all, Printer<T> printer) {
    if (!all.isEmpty()) {
      out.lay(isEmpty ? "" : "\n");
      out.print("%s\n", title);
      all.forEach(printer::print);
      isEmpty = false;
    }
  }

  /** Those that had something to do and did not get on with it. */
  private static List<CpuState> notable(Hanging answer) {
    long lockup = answer.lockupMilliseconds().orElse(Long.MAX_VALUE);
    return answer.cpus().stream()
        .filter(cpu -> !cpu.idle())
        .filter(
            cpu ->
                cpu.tickMilliseconds().orElse(0) > NO_TICK
                    || cpu.watchdogMilliseconds().orElse(0) > lockup
                    || cpu.interrupts().filter(taken -> !taken).isPresent())
        .toList();
  }

  private static String seconds(OptionalLong milliseconds) {
    return milliseconds.isPresent() ? seconds(milliseconds.getAsLong()) : "an unknown time";
  }

  private static String seconds(long milliseconds) {
    return String.format(Locale.ROOT, "%.1f s", milliseconds / MILLIS);
  }

  private static String name(NamedTask task) {
    return Text.format("PID %d (%s)", task.pid(), task.comm());
  }

  private static String names(List<NamedTask> tasks) {
    return tasks.stream().map(HangsText::name).collect(Collectors.joining(", "));
  }

  private static String work(Optional<String> function, Optional<String> queue) {
    return Text.format(
        "%s%s", function.orElse("?"), queue.map(name -> Text.format(" of %s", name)).orElse(""));
  }

  private void print(WorkPool pool) {
    String cpu = pool.cpu().isPresent() ? "CPU " + pool.cpu().getAsInt() : "any CPU";
    String nice = pool.nice().orElse(0) == 0 ? "" : ", nice " + pool.nice().getAsInt();
    out.print(
        "  pool %d (%s%s): %d workers, %d idle", pool.id(), cpu, nice, pool.workers(), pool.idle());
    if (pool.milliseconds().isPresent()) {
      out.print(", none began a work for %s", seconds(pool.milliseconds()));
    }
    out.print("\n");
    for (Hanging.Running one : pool.running()) {
      out.print("    at work: %s", work(one.function(), one.queue()));
      one.worker().ifPresent(worker -> out.print(", %s", name(worker)));
      if (one.milliseconds().isPresent()) {
        out.print(", for %s%s", one.since() ? "" : "at least ", seconds(one.milliseconds()));
      }
      out.print("\n");
      if (!one.flushers().isEmpty()) {
        out.print("      awaited by %s\n", names(one.flushers()));
      }
    }
    for (Hanging.Pending one : pool.pending()) {
      if (one.flusher().isPresent()) {
        out.print("    awaited up to here by %s\n", name(one.flusher().get()));
      } else {
        out.print(
            "    waits%s: %s\n",
            one.heldBack() ? " for others of its queue" : "", work(one.function(), one.queue()));
      }
    }
  }

  private void print(Hanging.Flush flush) {
    out.print(
        "  all of %s is awaited by %s\n",
        flush.queue(), flush.tasks().isEmpty() ? "a task" : names(flush.tasks()));
  }

  private void print(GracePeriod period) {
    out.print("  %sgrace period %d", period.expedited() ? "expedited " : "", period.sequence());
    if (period.milliseconds().isPresent()) {
      out.print(", begun %s ago", seconds(period.milliseconds()));
    }
    if (period.idleMilliseconds().isPresent()) {
      out.print(", last looked after %s ago", seconds(period.idleMilliseconds()));
    }
    out.print("\n");
    for (Hanging.OnCpu one : period.cpus()) {
      out.print("    waits for CPU %d", one.cpu());
      one.current().ifPresent(task -> out.print(", which runs %s", name(task)));
      one.function().ifPresent(function -> out.print(" in %s", function));
      out.print("\n");
    }
    period.tasks().forEach(task -> out.print("    waits for %s, preempted\n", name(task)));
  }

  private void print(CpuState cpu) {
    out.print("  CPU %d", cpu.cpu());
    cpu.current().ifPresent(task -> out.print(" runs %s", name(task)));
    cpu.function().ifPresent(function -> out.print(" in %s", function));
    out.print(":");
    if (cpu.tickMilliseconds().isPresent()) {
      out.print(" last tick %s ago", seconds(cpu.tickMilliseconds()));
    }
    cpu.interrupts().ifPresent(taken -> out.print(", interrupts %s", taken ? "on" : "off"));
    if (cpu.watchdogMilliseconds().isPresent()) {
      out.print(", watchdog's thread ran %s ago", seconds(cpu.watchdogMilliseconds()));
    }
    out.print("\n");
  }

  private void print(Hanging.Call call) {
    out.print("  CPU %d has not", call.cpu());
    out.print(call.kind().equals("wake_up") ? " woken" : " called");
    out.print(" %s", call.function().orElse("?"));
    if (call.from().isPresent()) {
      out.print(", which CPU %d asked for", call.from().getAsInt());
    }
    out.print("\n");
  }

  private void print(OverdueTimers late) {
    out.print("  CPU %d, %s: %d overdue\n", late.cpu(), late.wheel(), late.count());
    for (Hanging.Overdue one : late.most()) {
      out.print(
          "    %s %s, for %s\n",
          out.pointer(one.timer()), one.function().orElse("?"), seconds(one.milliseconds()));
    }
  }

  private void print(DiskRequest request) {
    out.print(
        "  %s: %s of %d bytes at sector %d",
        request.disk(), request.operation(), request.bytes(), request.sector());
    if (request.milliseconds().isPresent()) {
      out.print(", for %s", seconds(request.milliseconds()));
    }
    if (!request.through().isEmpty()) {
      out.print(", through %s", String.join(" and ", request.through()));
    }
    if (!request.tasks().isEmpty()) {
      out.print(", awaited by %s", names(request.tasks()));
    }
    out.print("\n");
  }
}
