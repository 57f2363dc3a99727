package org.vmcore.gdbstub.linux.locks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What tasks hold, of kernels that keep it: lockdep (CONFIG_LOCKDEP, Linux
 * kernel/locking/lockdep.c) puts into {@code task_struct.held_locks} each lock that a task takes,
 * with the place that took it. One that the task still waits for is the last of them. The kernel's
 * own words of the same are those of sysrq-d.
 */
public final class HeldLocks {
  /** More than any lock has with all that its debugging adds; its map lies within. */
  private static final int MOST_OF_A_LOCK = 256;

  /** MAX_LOCKDEP_SUBCLASSES (include/linux/lockdep_types.h): bytes of a key. */
  private static final int SUBCLASSES = 8;

  private final boolean kept;
  private final boolean current;
  private final Map<Long, List<Held>> byTask = new HashMap<>();
  private final Map<Long, List<Held>> byMap = new HashMap<>();

  /**
   * A lock that a task holds or waits for.
   *
   * @param task address of its {@code task_struct}
   * @param map address of the {@code struct lockdep_map} that the lock has in it
   * @param name of its class as sysrq-d has it, such as {@code &type->s_umount_key#21/1}
   * @param acquiredAt address behind the call that took it
   * @param read whether it was taken for reading
   */
  public record Held(long task, long map, String name, long acquiredAt, boolean read) {}

  private HeldLocks(boolean kept, boolean current) {
    this.kept = kept;
    this.current = current;
  }

  /**
   * Reads what tasks hold; nothing where the kernel does not keep it.
   *
   * @param tasks addresses of all of them
   * @param reasons told what could not be read
   */
  public static HeldLocks read(TypedMemory memory, List<Long> tasks, Reasons reasons) {
    if (!memory.types().has("struct task_struct", "held_locks")) {
      return new HeldLocks(false, false);
    }
    boolean on =
        reasons.optional(() -> memory.variable("debug_locks", "int").value()).orElse(0L) != 0;
    HeldLocks held = new HeldLocks(true, on);
    for (long task : tasks) {
      try {
        held.add(memory, task, reasons);
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    return held;
  }

  private void add(TypedMemory memory, long task, Reasons reasons) throws KernelReadException {
    KernelObject object = memory.object("struct task_struct", task);
    KernelObject locks = object.member("held_locks");
    long depth = Math.min(object.value("lockdep_depth"), locks.length());
    for (long i = 0; i < depth; i++) {
      KernelObject lock = locks.element(i);
      Held held =
          new Held(
              task,
              lock.value("instance"),
              reasons.optional(() -> name(memory, lock)).orElse(""),
              lock.value("acquire_ip"),
              lock.value("read") != 0);
      byTask.computeIfAbsent(task, at -> new ArrayList<>()).add(held);
      byMap.computeIfAbsent(held.map(), at -> new ArrayList<>()).add(held);
    }
  }

  /** As {@code print_lock_name()} makes it; one without a name has its key's address. */
  private static String name(TypedMemory memory, KernelObject held) throws KernelReadException {
    KernelObject lockClass = lockClass(memory, held);
    if (lockClass.value("name") == 0) {
      return "key %#x".formatted(lockClass.value("key"));
    }
    StringBuilder name = new StringBuilder(lockClass.string("name"));
    long version = lockClass.value("name_version");
    if (version > 1) {
      name.append('#').append(version);
    }
    long subclass = lockClass.value("subclass");
    if (subclass != 0) {
      name.append('/').append(subclass);
    }
    return name.toString();
  }

  /** Counted from 0 or, in older kernels, from 1; the key that the lock has tells. */
  private static KernelObject lockClass(TypedMemory memory, KernelObject held)
      throws KernelReadException {
    long index = held.value("class_idx");
    KernelObject first = memory.variable("lock_classes", "struct lock_class");
    long bytes = first.type().size().orElse(0);
    KernelObject counted = first.moved(index * bytes);
    KernelObject before = first.moved((index - 1) * bytes);
    long key = held.member("instance").dereference().value("key");
    return index > 0 && isOf(before, key) && !isOf(counted, key) ? before : counted;
  }

  private static boolean isOf(KernelObject lockClass, long key) throws KernelReadException {
    long offset = lockClass.value("key") - key;
    return offset >= 0 && offset < SUBCLASSES;
  }

  /** Whether lockdep knows of what is of a kind: of semaphores, completions and the like it does not. */
  public static boolean knows(WaitKind kind) {
    return kind == WaitKind.MUTEX || kind == WaitKind.RWSEM || kind == WaitKind.RT_MUTEX;
  }

  /** Whether the kernel keeps it at all. */
  public boolean areKept() {
    return kept;
  }

  /**
   * Whether that is so up to the last. Lockdep turns itself off when it has found a fault, and as
   * the kernel panics ({@code debug_locks}); what is written down then, may not be true any more.
   */
  public boolean areCurrent() {
    return current;
  }

  /** What a task holds or waits for, in the order in which it took it. */
  public List<Held> of(long task) {
    return List.copyOf(byTask.getOrDefault(task, List.of()));
  }

  /**
   * What a task waits for, as lockdep has it.
   *
   * @param lock that the task waits for
   */
  public Optional<Held> awaited(long task, long lock) {
    List<Held> held = byTask.getOrDefault(task, List.of());
    for (int i = held.size() - 1; i >= 0; i--) {
      long offset = held.get(i).map() - lock;
      if (offset >= 0 && offset < MOST_OF_A_LOCK) {
        return Optional.of(held.get(i));
      }
    }
    return Optional.empty();
  }

  /**
   * Who holds a lock that tasks wait for.
   *
   * @param waiting addresses of all tasks that do
   */
  public List<Held> holders(long lock, Set<Long> waiting) {
    OptionalLong map =
        waiting.stream()
            .flatMap(task -> awaited(task, lock).stream())
            .mapToLong(Held::map)
            .findFirst();
    if (map.isEmpty()) {
      return List.of();
    }
    return byMap.getOrDefault(map.getAsLong(), List.of()).stream()
        .filter(held -> !waiting.contains(held.task()))
        .toList();
  }
}
