package org.vmcore.gdbstub.inspect.hangs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.hangs.Hanging.DiskRequest;
import org.vmcore.gdbstub.inspect.hangs.Hanging.Overdue;
import org.vmcore.gdbstub.inspect.hangs.Hanging.OverdueTimers;
import org.vmcore.gdbstub.inspect.locks.LockWaiters;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.linux.dev.DiskRequests;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.time.HighResolutionTimers;
import org.vmcore.gdbstub.linux.time.Timers;
import org.vmcore.gdbstub.linux.types.Enumerators;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Timers that are overdue, and requests that disks have not answered. */
final class LateWork {
  /** In ms: later than any timer is whose CPU goes on. */
  private static final long OVERDUE = 1000;

  private static final int MOST_SHOWN = 5;

  /** Timers that an idle CPU need not wake up for. */
  private static final String DEFERRABLE = "BASE_DEF";

  private static final String OPERATION = "REQ_OP_";

  private final Call call;
  private final TypedMemory memory;
  private final SymbolNames symbols;
  private final HangClock clock;
  private final Reasons reasons;

  LateWork(Call call, HangClock clock, Reasons reasons) throws MissingFactException {
    this.call = call;
    this.memory = call.typed();
    this.symbols = call.symbols();
    this.clock = clock;
    this.reasons = reasons;
  }

  List<OverdueTimers> timers(List<Integer> cpus) {
    List<OverdueTimers> all = new ArrayList<>();
    for (Timers.Base base : reasons.optional(() -> Timers.read(memory, cpus)).orElse(List.of())) {
      base.problem().ifPresent(reasons::add);
      if (base.name().equals(DEFERRABLE)) {
        continue;
      }
      List<Overdue> late = new ArrayList<>();
      for (Timers.Timer timer : base.timers()) {
        OptionalLong passed = clock.sinceJiffies(OptionalLong.of(timer.expires()));
        add(late, timer.address(), timer.function(), passed);
      }
      add(all, base.cpu(), base.name().isEmpty() ? "timers" : base.name(), late);
    }
    for (HighResolutionTimers.Base base :
        reasons.optional(() -> HighResolutionTimers.read(memory, cpus)).orElse(List.of())) {
      List<Overdue> late = new ArrayList<>();
      for (HighResolutionTimers.Clock one : base.clocks()) {
        one.problem().ifPresent(reasons::add);
        for (HighResolutionTimers.Timer timer : one.timers()) {
          OptionalLong passed = clock.sinceMonotonic(timer.expires() - one.offset());
          add(late, timer.address(), timer.function(), passed);
        }
      }
      add(all, base.cpu(), "hrtimer", late);
    }
    return all;
  }

  private void add(List<Overdue> late, long timer, long function, OptionalLong passed) {
    if (passed.orElse(0) > OVERDUE) {
      late.add(
          new Overdue(
              timer,
              function == 0 ? Optional.empty() : symbols.at(function).map(Located::nameAndModule),
              passed.getAsLong()));
    }
  }

  private static void add(List<OverdueTimers> all, int cpu, String wheel, List<Overdue> late) {
    if (!late.isEmpty()) {
      late.sort(Comparator.comparing(Overdue::milliseconds).reversed());
      all.add(
          new OverdueTimers(
              cpu,
              wheel,
              late.size(),
              List.copyOf(late.subList(0, Math.min(late.size(), MOST_SHOWN)))));
    }
  }

  List<DiskRequest> requests() throws MissingFactException {
    List<DiskRequests.Request> found =
        reasons
            .optional(() -> DiskRequests.inFlight(memory, this::function, reasons))
            .orElse(List.of());
    if (found.isEmpty()) {
      return List.of();
    }
    LockWaiters waiters = LockWaiters.of(call);
    Map<Long, String> operations = operations();
    return found.stream().map(one -> request(one, waiters, operations)).toList();
  }

  private String function(long address) {
    return symbols.at(address).map(found -> found.symbol().name()).orElse("");
  }

  /** {@code enum req_op}, which was {@code req_opf} until 5.19. */
  private Map<Long, String> operations() {
    Map<String, Long> numbers = new LinkedHashMap<>(Enumerators.of(memory.types(), "enum req_op"));
    numbers.putAll(Enumerators.of(memory.types(), "enum req_opf"));
    Map<Long, String> names = new HashMap<>();
    numbers.forEach(
        (name, number) ->
            names.putIfAbsent(number, name.replace(OPERATION, "").toLowerCase(Locale.ROOT)));
    return names;
  }

  private DiskRequest request(
      DiskRequests.Request one, LockWaiters waiters, Map<Long, String> operations) {
    List<NamedTask> tasks =
        one.awaited().stream()
            .sorted()
            .flatMap(address -> waiters.on(address).stream())
            .distinct()
            .toList();
    return new DiskRequest(
        one.address(),
        one.disk(),
        operations.getOrDefault(one.operation(), String.valueOf(one.operation())),
        one.sector(),
        one.bytes(),
        clock.sinceMonotonic(one.started()),
        clock.sinceMonotonic(one.given()),
        one.through(),
        tasks);
  }
}
