package org.vmcore.gdbstub.inspect.hangs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.locks.LockWaiters;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.linux.hang.CpuCalls;
import org.vmcore.gdbstub.linux.hang.CpuTicks;
import org.vmcore.gdbstub.linux.hang.RcuProgress;
import org.vmcore.gdbstub.linux.hang.WorkPools;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.LastRuns;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Finds out what hangs; what cannot be told of it, the call's notes say. */
final class HangFacts {
  private static final long NANOS = 1_000_000;

  private final Call call;
  private final TypedMemory memory;
  private final List<Integer> cpus;
  private final SymbolNames symbols;
  private final Reasons reasons = new Reasons();
  private final HangClock clock;
  private final List<CpuTicks.Ticks> ticks;
  private final CpusNow now;

  HangFacts(Call call) throws MissingFactException {
    this.call = call;
    this.memory = call.typed();
    this.cpus = call.cpus();
    this.symbols = call.symbols();
    this.ticks = CpuTicks.read(memory, cpus, reasons);
    this.clock = HangClock.of(call, ticks);
    this.now = new CpusNow(call);
  }

  Hanging answer() throws MissingFactException {
    WorkPools works = new WorkPools(memory, reasons);
    List<WorkPools.Pool> busy = read(works::busy);
    call.stillBusy();
    LastRuns runs = LastRuns.read(memory, workers(busy), cpus);
    Optional<RcuProgress> rcu = reasons.optional(() -> RcuProgress.read(memory, cpus, reasons));
    LateWork late = new LateWork(call, clock, reasons);
    Hanging found =
        new Hanging(
            busy.stream().map(pool -> pool(pool, runs)).toList(),
            flushes(read(works::flushes)),
            rcu.map(this::periods).orElse(List.of()),
            milliseconds(CpuTicks.lockupAfter(memory)),
            cpuStates(rcu.map(RcuProgress::callbacks).orElse(Map.of())),
            CpuCalls.unanswered(memory, cpus, reasons).stream().map(this::unanswered).toList(),
            late.timers(cpus),
            late.requests());
    call.notes().incomplete(reasons);
    return found;
  }

  private static OptionalLong milliseconds(OptionalLong nanoseconds) {
    return nanoseconds.isPresent() ? OptionalLong.of(nanoseconds.getAsLong() / NANOS) : nanoseconds;
  }

  private <T> List<T> read(Reasons.Reading<List<T>> reading) {
    return reasons.optional(reading).orElse(List.of());
  }

  private List<Task> workers(List<WorkPools.Pool> pools) {
    List<Task> tasks = new ArrayList<>();
    for (WorkPools.Pool pool : pools) {
      pool.running().forEach(work -> now.task(work.task()).ifPresent(tasks::add));
    }
    return tasks;
  }

  private Hanging.WorkPool pool(WorkPools.Pool pool, LastRuns runs) {
    boolean waits = pool.pending().stream().anyMatch(work -> !work.heldBack());
    return new Hanging.WorkPool(
        pool.address(),
        pool.id(),
        pool.cpu(),
        pool.nice(),
        pool.workers(),
        pool.idle(),
        waits ? clock.sinceJiffies(pool.progress()) : OptionalLong.empty(),
        pool.running().stream().map(work -> running(work, runs)).toList(),
        pool.pending().stream().map(this::pending).toList());
  }

  private Hanging.Running running(WorkPools.Running work, LastRuns runs) {
    OptionalLong begun = clock.sinceJiffies(work.started());
    OptionalLong ran = now.task(work.task()).map(runs::ago).orElse(OptionalLong.empty());
    OptionalLong atLeast = milliseconds(ran);
    return new Hanging.Running(
        work.work(),
        name(work.function()),
        work.queue(),
        now.named(work.task()),
        begun.isPresent() ? begun : atLeast,
        begun.isPresent(),
        named(work.flushers()));
  }

  private Hanging.Pending pending(WorkPools.Pending work) {
    return new Hanging.Pending(
        work.work(),
        name(work.function()),
        work.queue(),
        work.heldBack(),
        work.flusher().isPresent() ? now.named(work.flusher().getAsLong()) : Optional.empty());
  }

  private List<NamedTask> named(List<Long> tasks) {
    return tasks.stream().flatMap(task -> now.named(task).stream()).toList();
  }

  private Optional<String> name(long function) {
    return function == 0 ? Optional.empty() : symbols.at(function).map(Located::nameAndModule);
  }

  /** Who waits for a whole queue, by the completions that they wait for. */
  private List<Hanging.Flush> flushes(List<WorkPools.Flush> found) throws MissingFactException {
    if (found.isEmpty()) {
      return List.of();
    }
    LockWaiters waiters = LockWaiters.of(call);
    return found.stream()
        .map(
            flush ->
                new Hanging.Flush(
                    flush.queue(),
                    flush.completions().stream()
                        .flatMap(completion -> waiters.on(completion).stream())
                        .toList()))
        .toList();
  }

  private List<Hanging.GracePeriod> periods(RcuProgress rcu) {
    List<Hanging.GracePeriod> periods = new ArrayList<>();
    if (rcu.normal().inProgress()) {
      periods.add(period(rcu.normal(), false));
    }
    if (rcu.expedited().inProgress()) {
      periods.add(period(rcu.expedited(), true));
    }
    return periods;
  }

  private Hanging.GracePeriod period(RcuProgress.GracePeriod period, boolean expedited) {
    return new Hanging.GracePeriod(
        expedited,
        period.sequence(),
        clock.sinceJiffies(period.started()),
        clock.sinceJiffies(period.activity()),
        period.cpus().stream()
            .map(cpu -> new Hanging.OnCpu(cpu, now.current(cpu), now.function(cpu)))
            .toList(),
        named(period.tasks()));
  }

  private List<Hanging.CpuState> cpuStates(Map<Integer, Long> callbacks) {
    List<Hanging.CpuState> states = new ArrayList<>();
    for (CpuTicks.Ticks one : ticks) {
      Long waiting = callbacks.get(one.cpu());
      states.add(
          new Hanging.CpuState(
              one.cpu(),
              now.current(one.cpu()),
              now.isIdle(one.cpu()),
              now.function(one.cpu()),
              clock.sinceScheduler(one.clock()),
              clock.sinceScheduler(one.watchdog()),
              now.takesInterrupts(one.cpu()),
              waiting == null ? OptionalLong.empty() : OptionalLong.of(waiting)));
    }
    return states;
  }

  private Hanging.Call unanswered(CpuCalls.Call one) {
    return new Hanging.Call(
        one.cpu(),
        one.from(),
        one.kind().name().toLowerCase(Locale.ROOT),
        one.address(),
        one.kind() == CpuCalls.Kind.WAKE_UP
            ? now.named(one.address()).map(NamedTask::comm)
            : name(one.function()));
  }
}
