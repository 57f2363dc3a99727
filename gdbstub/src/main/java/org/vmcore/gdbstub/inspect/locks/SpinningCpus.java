package org.vmcore.gdbstub.inspect.locks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.address.Identifier;
import org.vmcore.gdbstub.inspect.locks.SpinLock.Owner;
import org.vmcore.gdbstub.inspect.locks.SpinLock.Spinning;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.linux.locks.HeldLocks;
import org.vmcore.gdbstub.linux.locks.QueuedSpinLock;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.MachineStacks;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.LinuxPort;

/**
 * The CPUs that wait for queued spinlocks, told by the function that waits on their stacks. Which
 * lock it is, the registers tell that the function had: an address that several have, of a word
 * that is that of a lock with waiters.
 */
final class SpinningCpus {
  /** Functions that wait (Linux kernel/locking/qspinlock.c; the last for guests). */
  private static final Set<String> WAITING =
      Set.of(
          "queued_spin_lock_slowpath",
          "native_queued_spin_lock_slowpath",
          "__pv_queued_spin_lock_slowpath");

  /** Those between them and who wants the lock. */
  private static final String TAKING = "^_*(do_|raw_)?_*(spin_(try)?lock|raw_spin_lock|pv_queued)";

  /** Bytes of a stack between the function that waits and the one that wants the lock. */
  private static final int MOST_BETWEEN = 256;

  private static final int MOST_CODE = 64 << 10;

  private final Call call;
  private final TypedMemory memory;
  private final LinuxPort port;
  private final Identifier identifier;
  private final SymbolNames symbols;
  private final Reasons reasons;
  private final Map<Integer, List<Step>> stacks = new LinkedHashMap<>();
  private final Map<Integer, NamedTask> tasks = new HashMap<>();

  /** A frame with its function. */
  private record Step(Frame frame, Optional<Located> function) {
    String name() {
      return function.map(found -> found.symbol().name()).orElse("");
    }

    String text() {
      return function.map(Located::nameAndModule).orElse("?");
    }
  }

  /** A CPU that waits. */
  private record Waiter(int cpu, OptionalLong lock, String where) {}

  SpinningCpus(Call call, Reasons reasons) throws MissingFactException {
    this.call = call;
    this.memory = call.typed();
    this.port = LinuxPorts.of(call.machine().requireArchitecture());
    this.identifier = new Identifier(call, Optional.empty());
    this.symbols = call.symbols();
    this.reasons = reasons;
  }

  List<SpinLock> find() throws MissingFactException {
    MachineStacks unwound = call.machine().stacks();
    for (CrashedCpu cpu : call.machine().cpus()) {
      MachineStacks.Stack stack = unwound.of(cpu);
      List<Step> steps = new ArrayList<>();
      stack.frames().forEach(frame -> steps.add(new Step(frame, unwound.function(frame))));
      stacks.put(cpu.number(), steps);
      stack.task().ifPresent(task -> tasks.put(cpu.number(), NamedTask.of(task)));
    }
    if (!QueuedSpinLock.isIn(memory)) {
      return List.of();
    }
    Map<OptionalLong, List<Waiter>> byLock = new LinkedHashMap<>();
    stacks.forEach(
        (cpu, steps) ->
            waiter(cpu, steps)
                .ifPresent(
                    waiter ->
                        byLock
                            .computeIfAbsent(waiter.lock(), at -> new ArrayList<>())
                            .add(waiter)));
    if (byLock.isEmpty()) {
      return List.of();
    }
    List<Task> all = call.machine().tasks().list().all();
    HeldLocks held = HeldLocks.read(memory, all.stream().map(Task::address).toList(), reasons);
    List<SpinLock> locks = new ArrayList<>();
    byLock.forEach((lock, waiters) -> locks.add(lock(lock, waiters, held)));
    return locks;
  }

  private Optional<Waiter> waiter(int cpu, List<Step> steps) {
    for (int i = 0; i < steps.size(); i++) {
      if (WAITING.contains(steps.get(i).name())) {
        int wants = i + 1;
        while (wants < steps.size() && steps.get(wants).name().matches(TAKING + ".*")) {
          wants++;
        }
        String where = wants < steps.size() ? steps.get(wants).text() : "?";
        long end = i + 1 < steps.size() ? steps.get(i + 1).frame().place() : 0;
        return Optional.of(new Waiter(cpu, lockOf(cpu, steps.get(i).frame(), end), where));
      }
    }
    return Optional.empty();
  }

  /** The address that is most likely that of the lock. */
  private OptionalLong lockOf(int cpu, Frame frame, long end) {
    Map<Long, Integer> seen = new LinkedHashMap<>();
    frame.registers().values().values().forEach(value -> seen.merge(value, 1, Integer::sum));
    long bytes = Math.min(Math.max(end - frame.place(), 0), MOST_BETWEEN);
    KernelMemory plain = memory.memory();
    ByteBuffer words =
        ByteBuffer.wrap(plain.upTo(frame.place(), (int) bytes)).order(plain.byteOrder());
    while (words.remaining() >= plain.wordBytes()) {
      seen.merge(plain.nextWord(words), 1, Integer::sum);
    }
    long best = 0;
    int most = 0;
    for (Map.Entry<Long, Integer> one : seen.entrySet()) {
      int weight = QueuedSpinLock.weight(memory, one.getKey(), cpu, one.getValue());
      if (weight > most) {
        best = one.getKey();
        most = weight;
      }
    }
    return most == 0 ? OptionalLong.empty() : OptionalLong.of(best);
  }

  private SpinLock lock(OptionalLong address, List<Waiter> waiters, HeldLocks held) {
    List<Spinning> spinning = new ArrayList<>();
    for (Waiter waiter : waiters) {
      spinning.add(
          new Spinning(
              waiter.cpu(),
              Optional.ofNullable(tasks.get(waiter.cpu())),
              waiter.where(),
              reasons
                  .optional(() -> QueuedSpinLock.behind(memory, waiter.cpu()))
                  .orElse(OptionalInt.empty())));
    }
    if (address.isEmpty()) {
      return new SpinLock(
          address,
          Optional.empty(),
          OptionalLong.empty(),
          OptionalInt.empty(),
          spinning,
          Optional.empty());
    }
    long lock = address.getAsLong();
    int value = memory.memory().int32(lock).orElse(0);
    return new SpinLock(
        address,
        Optional.of(identifier.of(lock).text()).filter(text -> !text.isEmpty()),
        OptionalLong.of(value & 0xffff_ffffL),
        new QueuedSpinLock(value).lastCpu(),
        SpinLock.inOrder(spinning, new QueuedSpinLock(value).lastCpu()),
        owner(lock, waiters.stream().map(Waiter::cpu).toList(), held));
  }

  private Optional<Owner> owner(long lock, List<Integer> waiting, HeldLocks held) {
    Optional<OptionalLong> kept = reasons.optional(() -> QueuedSpinLock.owner(memory, lock));
    if (kept.isPresent() && kept.get().isPresent()) {
      return task(kept.get().getAsLong())
          .map(
              task ->
                  new Owner(
                      task.cpu(),
                      Optional.of(NamedTask.of(task)),
                      true,
                      acquired(lock, task.address(), waiting, held)));
    }
    List<Owner> likely = new ArrayList<>();
    stacks.forEach(
        (cpu, steps) -> {
          if (!waiting.contains(cpu)) {
            holder(lock, cpu, steps).ifPresent(likely::add);
          }
        });
    return likely.size() == 1 ? Optional.of(likely.get(0)) : Optional.empty();
  }

  /** Where the owner took it, of kernels with lockdep. */
  private Optional<String> acquired(
      long lock, long owner, List<Integer> waiting, HeldLocks held) {
    Set<Long> spinning =
        waiting.stream()
            .flatMap(cpu -> Optional.ofNullable(tasks.get(cpu)).stream())
            .map(NamedTask::task)
            .collect(Collectors.toSet());
    return held.holders(lock, spinning).stream()
        .filter(one -> one.task() == owner)
        .map(one -> Holders.place(symbols, one.acquiredAt()))
        .findFirst();
  }

  private Optional<Task> task(long address) {
    try {
      return call.machine().tasks().list().at(address);
    } catch (MissingFactException e) {
      reasons.add(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /**
   * A CPU with a function on its stack whose code has named the lock an odd number of times up to
   * where it is: when it took it, and not when it gave it back.
   */
  private Optional<Owner> holder(long lock, int cpu, List<Step> steps) {
    for (Step step : steps) {
      if (step.function().isEmpty() || step.frame().kind() == Frame.Kind.USER) {
        continue;
      }
      long start = step.function().get().symbol().address();
      long length = Math.min(step.function().get().offset(), MOST_CODE);
      byte[] code = memory.memory().upTo(start, (int) Math.max(length, 0));
      if (port.references(code, start, lock) % 2 == 1) {
        return Optional.of(
            new Owner(
                OptionalInt.of(cpu),
                Optional.ofNullable(tasks.get(cpu)),
                false,
                Optional.of(step.text())));
      }
    }
    return Optional.empty();
  }
}
