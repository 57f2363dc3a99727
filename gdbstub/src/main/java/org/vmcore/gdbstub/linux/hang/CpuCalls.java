package org.vmcore.gdbstub.linux.hang;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What CPUs were asked to do by others, by an interrupt that is sent from one to the other, and had
 * not done (Linux kernel/smp.c): what is on their queues, and what those who asked still wait for.
 */
public final class CpuCalls {
  private static final int MAX_QUEUED = 1 << 12;
  private static final String CALL = "struct __call_single_data";

  /** What {@code struct __call_single_data} was before 4.15. */
  private static final String OLD_CALL = "struct call_single_data";

  /** CSD_FLAG_LOCK: the call is under way, and its structure not to be used again. */
  private static final long LOCKED = 1;

  /** CSD_FLAG_TYPE_MASK, and what is of it no call (include/linux/smp_types.h, since 5.8). */
  private static final long TYPE = 0xf0;

  private static final long IRQ_WORK = 0x20;
  private static final long WAKE_UP = 0x30;

  private final TypedMemory memory;
  private final PerCpu perCpu;
  private final String callType;
  private final Set<Long> seen = new HashSet<>();
  private final List<Call> calls = new ArrayList<>();

  /** What is to be done. */
  public enum Kind {
    /** A function is to be called. */
    CALL,
    /** The same, of {@code irq_work_queue_on()}. */
    IRQ_WORK,
    /** A task is to be woken. */
    WAKE_UP
  }

  /**
   * A call that was not answered.
   *
   * @param cpu that is to do it, and {@code from} the one that asked, where that is known
   * @param address of its {@code struct __call_single_data}; of a task that is to be woken its
   *     {@code task_struct}
   * @param function that is to be called; 0 for a task
   */
  public record Call(int cpu, OptionalInt from, Kind kind, long address, long function) {}

  private CpuCalls(TypedMemory memory) {
    this.memory = memory;
    this.perCpu = new PerCpu(memory);
    this.callType = memory.types().compound(CALL).isPresent() ? CALL : OLD_CALL;
  }

  /**
   * All of them; none on a kernel without SMP.
   *
   * @param reasons told what could not be read
   */
  public static List<Call> unanswered(TypedMemory memory, List<Integer> cpus, Reasons reasons) {
    CpuCalls reader = new CpuCalls(memory);
    for (int cpu : cpus) {
      try {
        reader.addQueued(cpu);
        reader.addAsked(cpu, cpus);
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    return reader.calls;
  }

  /** {@code call_single_queue}: an llist, the last that was put on it first. */
  private void addQueued(int cpu) throws KernelReadException {
    OptionalLong queue = perCpu.address("call_single_queue", cpu);
    if (queue.isEmpty() || !memory.types().has("struct llist_head", "first")) {
      return;
    }
    KernelObject model = memory.object(callType, 0);
    long entry = HangMembers.CALL_ENTRY.in(model).address();
    long next = memory.object("struct llist_head", queue.getAsLong()).value("first");
    for (int i = 0; i < MAX_QUEUED && next != 0 && seen.add(next - entry); i++) {
      KernelObject call = model.moved(next - entry);
      calls.add(call(cpu, source(call), call));
      next = HangMembers.CALL_ENTRY.in(call).value("next");
    }
  }

  private static OptionalInt source(KernelObject call) throws KernelReadException {
    return call.has("node.src")
        ? OptionalInt.of((int) call.value("node.src"))
        : OptionalInt.empty();
  }

  private Call call(int cpu, OptionalInt from, KernelObject call) throws KernelReadException {
    long type = call.has("node") ? HangMembers.CALL_FLAGS.in(call).value() & TYPE : 0;
    if (type == WAKE_UP) {
      KernelObject task =
          memory
              .object("struct __call_single_node", call.member("node").address())
              .containerOf("struct task_struct", "wake_entry");
      return new Call(cpu, from, Kind.WAKE_UP, task.address(), 0);
    } else if (type == IRQ_WORK) {
      KernelObject work =
          memory
              .object("struct __call_single_node", call.member("node").address())
              .containerOf("struct irq_work", "node");
      return new Call(cpu, from, Kind.IRQ_WORK, work.address(), work.value("func"));
    }
    return new Call(cpu, from, Kind.CALL, call.address(), call.value("func"));
  }

  /** What a CPU asked of several at once: a call for each, in that one's per-CPU memory. */
  private void addAsked(int from, List<Integer> cpus) throws KernelReadException {
    OptionalLong data = perCpu.address("cfd_data", from);
    if (data.isEmpty()) {
      return;
    }
    KernelObject all = memory.object("struct call_function_data", data.getAsLong());
    long base = HangMembers.CALLS.in(all).value();
    for (int cpu : cpus) {
      OptionalLong offset = perCpu.offset(cpu);
      if (base == 0 || offset.isEmpty()) {
        continue;
      }
      KernelObject call = memory.object(callType, base + offset.getAsLong());
      boolean locked = (HangMembers.CALL_FLAGS.in(call).value() & LOCKED) != 0;
      if (locked && seen.add(call.address())) {
        calls.add(call(cpu, OptionalInt.of(from), call));
      }
    }
  }
}
