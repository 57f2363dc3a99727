package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.locks.HeldLocks;
import org.vmcore.gdbstub.linux.locks.Wait;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Reasons;

/** Who has what tasks wait for: by the locks' own words, and by lockdep's, which know all. */
final class Holders {
  /** What is told where lockdep does not go on any more. */
  static final String OFF =
      "lockdep had turned itself off (debug_locks is 0): what tasks hold is told of those alone"
          + " that the locks name too";

  private final Map<Long, Task> tasks = new LinkedHashMap<>();
  private final Map<Long, Set<Long>> waiting = new HashMap<>();
  private final Set<Long> blocked = new HashSet<>();
  private final HeldLocks held;
  private final SymbolNames symbols;

  /**
   * @param found what all tasks wait for that do
   */
  Holders(Call call, List<Waits.Found> found) throws MissingFactException {
    List<Task> all = call.machine().tasks().list().all();
    all.forEach(task -> tasks.put(task.address(), task));
    for (Waits.Found one : found) {
      if (isKnown(one.waited())) {
        waiting
            .computeIfAbsent(one.waited().lock().getAsLong(), at -> new HashSet<>())
            .add(one.task().address());
        blocked.add(one.task().address());
      }
    }
    Reasons reasons = new Reasons();
    this.held = HeldLocks.read(call.typed(), List.copyOf(tasks.keySet()), reasons);
    this.symbols = call.symbols();
    if (held.areKept() && !held.areCurrent()) {
      reasons.add(OFF);
    }
    call.notes().incomplete(reasons);
  }

  private static boolean isKnown(Wait wait) {
    return wait.lock().isPresent() && HeldLocks.knows(wait.kind());
  }

  /** Those that lockdep tells; one that is not to be believed any more, only with the lock. */
  List<Waiting.Holder> of(Wait wait) {
    if (!isKnown(wait)) {
      return List.of();
    }
    long lock = wait.lock().getAsLong();
    List<Waiting.Holder> holders = new ArrayList<>();
    for (HeldLocks.Held one : held.holders(lock, waiting.getOrDefault(lock, Set.of()))) {
      Task task = tasks.get(one.task());
      boolean named = wait.owner().isPresent() && wait.owner().getAsLong() == one.task();
      if (task != null && (held.areCurrent() || named)) {
        holders.add(
            new Waiting.Holder(
                task.pid(),
                task.address(),
                task.comm(),
                one.read(),
                place(symbols, one.acquiredAt())));
      }
    }
    return holders;
  }

  /** A function as the kernel's own words have it, with how far into it. */
  static String place(SymbolNames symbols, long address) {
    return symbols
        .at(address)
        .map(
            found ->
                found.text() + found.symbol().module().map(name -> " [" + name + "]").orElse(""))
        .orElse("%#x".formatted(address));
  }

  /** The one of those that have it that is to go on first. */
  Optional<Waiting.Owner> owner(Wait wait, List<Waiting.Holder> holders) {
    // One that has ended, or no task at all, is none that others wait for.
    Optional<Task> named =
        wait.owner().isPresent()
            ? Optional.ofNullable(tasks.get(wait.owner().getAsLong()))
            : Optional.empty();
    return owner(
        named.map(t -> new Waiting.Owner(t.pid(), t.address(), t.comm(), wait.reader())),
        holders,
        blocked);
  }

  /**
   * The one that the lock names or, as that may have read and given it back, one that has it. Of
   * several that read it is one that waits itself, if there is one: the others do not help.
   */
  static Optional<Waiting.Owner> owner(
      Optional<Waiting.Owner> named, List<Waiting.Holder> holders, Set<Long> blocked) {
    if (holders.isEmpty() || named.filter(owner -> !owner.reader()).isPresent()) {
      return named;
    }
    return holders.stream()
        .filter(one -> blocked.contains(one.task()))
        .findFirst()
        .or(
            () ->
                holders.stream()
                    .filter(one -> named.filter(n -> n.task() == one.task()).isPresent())
                    .findFirst())
        .or(() -> holders.stream().findFirst())
        .map(one -> new Waiting.Owner(one.pid(), one.task(), one.comm(), false));
  }
}
