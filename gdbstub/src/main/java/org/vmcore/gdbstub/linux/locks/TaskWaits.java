package org.vmcore.gdbstub.linux.locks;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.locks.LockOwners.Owner;
import org.vmcore.gdbstub.linux.locks.StackWaiters.Waiter;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Tells what tasks wait for: by what they have put into the lists of locks, and by the functions on
 * their stacks, which tell apart what looks the same. Safe where structures are torn: what cannot
 * be proven is not told.
 */
public final class TaskWaits {
  /** Functions that only bring a task to wait; what called them is what a reader asks for. */
  private static final Pattern MACHINERY =
      Pattern.compile(
          "^_*(schedule|io_schedule|blk_io_schedule|preempt|mutex_|ww_mutex|rwsem_|rwbase_|down|rt_mutex|rtlock"
              + "|wait_for_com|bit_wait|out_of_line_wait|wait_on_|folio_wait|msleep|ssleep|futex"
              + "|flush_work|prepare_to_|finish_wait|context_switch|switch_to|usleep|synchronize_"
              + "|wait_rcu|hrtimer_nanosleep|do_nanosleep|rt_(spin|read|write)_lock|folio_lock|lock_page"
              + "|do_wait_intr|swait|percpu_|schedule_timeout)");

  private static final int MAX_FRAMES = 64;

  private final TypedMemory memory;
  private final StackWaiters waiters;
  private final LockOwners owners;
  private final RtLocks rtLocks;
  private final LongFunction<String> symbols;
  private final int stackBytes;
  private final Reasons reasons = new Reasons();

  /**
   * @param tasks all of them
   * @param symbols the function that an address is in, empty where it is in none
   * @param stackBytes of a task's stack
   */
  public TaskWaits(
      TypedMemory memory, List<Task> tasks, LongFunction<String> symbols, int stackBytes) {
    this.memory = memory;
    this.symbols = symbols;
    this.stackBytes = stackBytes;
    this.owners = new LockOwners(memory, reasons);
    this.rtLocks = new RtLocks(memory, owners);
    Set<Long> addresses = new HashSet<>();
    tasks.forEach(task -> addresses.add(task.address()));
    this.waiters =
        new StackWaiters(memory, addresses::contains, at -> !symbols.apply(at).isEmpty());
  }

  /** Why of some waits that were told it is not known what for, or who has it. */
  public Reasons reasons() {
    return reasons;
  }

  /**
   * What a task waits for that does not run.
   *
   * @param stackPointer where its stack is in use from
   * @param functions on its stack, the innermost first
   */
  public Wait of(Task task, long stackPointer, List<String> functions) {
    String how = "";
    String where = "";
    WaitKind told = WaitKind.UNKNOWN;
    for (String function : functions.subList(0, Math.min(functions.size(), MAX_FRAMES))) {
      if (!MACHINERY.matcher(function).find()) {
        where = function;
        break;
      }
      WaitKind kind = kind(function);
      if (told == WaitKind.UNKNOWN || isNearer(kind, told)) {
        told = kind;
      }
      how = function;
    }
    Found found = found(task, stackPointer, told);
    Owner owner = found.owner();
    return new Wait(
        found.kind(), found.lock(), owner.task(), owner.reader(), found.function(), how, where);
  }

  /**
   * What a task waits for at last, through what it is made of: a flush of a completion, a mutex of
   * a rtmutex.
   */
  private static boolean isNearer(WaitKind kind, WaitKind than) {
    return switch (than) {
      case TIME, IO, COMPLETION -> kind != WaitKind.UNKNOWN;
      case RT_MUTEX -> kind == WaitKind.MUTEX || kind == WaitKind.RWSEM;
      // What rwsems and rwlocks have in common.
      case RWSEM -> kind == WaitKind.RT_MUTEX;
      default -> false;
    };
  }

  private static WaitKind kind(String function) {
    for (WaitKind kind : WaitKind.values()) {
      if (kind.isOf(function)) {
        return kind;
      }
    }
    return WaitKind.UNKNOWN;
  }

  /**
   * @param function of a work
   */
  private record Found(WaitKind kind, OptionalLong lock, Owner owner, long function) {}

  private Found found(Task task, long stackPointer, WaitKind told) {
    Optional<Found> boosted = rtMutex(task, told);
    if (boosted.isPresent()) {
      return boosted.get();
    }
    long used = stackPointer - task.stack();
    int length = used >= 0 && used < stackBytes ? (int) (stackBytes - used) : 0;
    for (Waiter waiter : waiters.of(task.address(), stackPointer, length)) {
      Optional<Found> one = of(task, waiter, told);
      if (one.isPresent()) {
        return one.get();
      }
    }
    OptionalLong written =
        told == WaitKind.RWSEM || told == WaitKind.RT_MUTEX
            ? rtLocks.writtenNext(task.address(), stackPointer, length)
            : OptionalLong.empty();
    return new Found(told, written, Owner.UNKNOWN, 0);
  }

  /** The task itself says so (Linux kernel/locking/rtmutex.c). */
  private Optional<Found> rtMutex(Task task, WaitKind told) {
    try {
      KernelObject object = memory.object("struct task_struct", task.address());
      if (!object.has("pi_blocked_on") || object.value("pi_blocked_on") == 0) {
        return Optional.empty();
      }
      KernelObject waiter = object.member("pi_blocked_on").dereference();
      if (waiter.value("task") != task.address()) {
        return Optional.empty();
      }
      long mutex = waiter.value("lock");
      RtLocks.Named lock = rtLocks.around(mutex, told);
      return Optional.of(
          new Found(
              lock.kind(), OptionalLong.of(lock.lock()), owners.of(WaitKind.RT_MUTEX, mutex), 0));
    } catch (KernelReadException e) {
      // Other ways to tell are tried next; where none does, the answer says so.
      return Optional.empty();
    }
  }

  private Optional<Found> of(Task task, Waiter waiter, WaitKind told) {
    if (waiter.kind() == WaitKind.FUTEX) {
      return Optional.of(new Found(WaitKind.FUTEX, futex(waiter), Owner.UNKNOWN, 0));
    }
    boolean queued = waiter.kind() == WaitKind.QUEUE || waiter.kind() == WaitKind.COMPLETION;
    if (!queued && waiter.kind() != told) {
      return Optional.empty();
    }
    if (!queued) {
      return Optional.of(
          new Found(told, OptionalLong.of(waiter.lock()), owners.of(told, waiter.lock()), 0));
    }
    return Optional.of(
        switch (symbols.apply(waiter.function())) {
          case "wake_page_function" ->
              around(
                  WaitKind.PAGE,
                  waiter,
                  "struct wait_page_queue",
                  "wait",
                  LockMembers.AWAITED_PAGE);
          case "wake_bit_function", "var_wake_function" ->
              around(
                  WaitKind.BIT,
                  waiter,
                  "struct wait_bit_queue_entry",
                  "wq_entry",
                  LockMembers.AWAITED_WORD);
          default -> completion(task, waiter, told);
        });
  }

  /**
   * Its address in the process; the lowest bits of the offset are flags (include/linux/futex.h).
   */
  private OptionalLong futex(Waiter waiter) {
    try {
      KernelObject key = memory.object("struct futex_q", waiter.address()).member("key");
      return OptionalLong.of(key.value("private.address") + (key.value("private.offset") & ~3L));
    } catch (KernelReadException e) {
      reasons.add(e);
      return OptionalLong.empty();
    }
  }

  /** What the entry of a queue is part of tells more. */
  private Found around(
      WaitKind kind, Waiter waiter, String type, String entry, MemberHistory member) {
    OptionalLong lock = OptionalLong.empty();
    try {
      KernelObject whole =
          memory.object("struct list_head", waiter.address()).containerOf(type, entry);
      lock = OptionalLong.of(member.in(whole).value());
    } catch (KernelReadException e) {
      // What it is is known all the same.
      reasons.add(e);
    }
    return new Found(kind, lock, Owner.UNKNOWN, 0);
  }

  /** Until 5.7 the queue of a completion was an ordinary one. */
  private Found completion(Task task, Waiter waiter, WaitKind told) {
    boolean isOne = told == WaitKind.COMPLETION || told == WaitKind.WORK || told == WaitKind.RCU;
    OptionalLong offset =
        memory
            .types()
            .compound("struct completion")
            .map((Compound type) -> type.offsetOf("wait"))
            .orElse(OptionalLong.empty());
    if (!isOne || offset.isEmpty()) {
      WaitKind kind = told == WaitKind.UNKNOWN || told == WaitKind.TIME ? WaitKind.QUEUE : told;
      return new Found(kind, OptionalLong.of(waiter.lock()), Owner.UNKNOWN, 0);
    }
    long completion = waiter.lock() - offset.getAsLong();
    Optional<FlushedWork> work = FlushedWork.of(memory, task.address(), completion);
    if (work.isPresent()) {
      return new Found(
          WaitKind.WORK,
          OptionalLong.of(work.get().work()),
          new Owner(work.get().worker(), false),
          work.get().function());
    }
    WaitKind kind = told == WaitKind.WORK || told == WaitKind.RCU ? told : WaitKind.COMPLETION;
    return new Found(kind, OptionalLong.of(completion), Owner.UNKNOWN, 0);
  }
}
