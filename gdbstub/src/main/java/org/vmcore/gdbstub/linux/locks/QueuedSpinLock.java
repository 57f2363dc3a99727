package org.vmcore.gdbstub.linux.locks;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The word of a queued spinlock (Linux include/asm-generic/qspinlock_types.h, since 4.2): a byte
 * that says whether it is held, one for the first that waits, and the last of the queue of the
 * others: its CPU plus one, and which of the four nodes of that CPU it waits with.
 *
 * @param value all of it
 */
public record QueuedSpinLock(int value) {
  private static final int BYTE = 0xff;

  /** _Q_PENDING_OFFSET, _Q_TAIL_IDX_OFFSET and _Q_TAIL_CPU_OFFSET of less than 16384 CPUs. */
  private static final int PENDING_SHIFT = 8;

  private static final int INDEX_SHIFT = 16;
  private static final int CPU_SHIFT = 18;

  private static final int INDEX_MASK = 3;

  /** _Q_LOCKED_VAL, and _Q_SLOW_VAL of one whose first waiter sleeps in a hypervisor. */
  private static final int LOCKED = 1;

  private static final int SLOW = 3;

  /** Whether a kernel's spinlocks are of this kind; powerpc has others of the same name. */
  public static boolean isIn(TypedMemory memory) {
    return memory.types().has("struct qspinlock", "locked_pending");
  }

  /** Whether somebody holds it. */
  public boolean isHeld() {
    return (value & BYTE) != 0;
  }

  /** The CPU that waits last in the queue; empty without a queue. */
  public OptionalInt lastCpu() {
    int cpu = value >>> CPU_SHIFT;
    return cpu == 0 ? OptionalInt.empty() : OptionalInt.of(cpu - 1);
  }

  /** Whether it can be the word of a lock that CPUs wait for. */
  boolean isPlausible(int cpus) {
    int held = value & BYTE;
    int pending = value >>> PENDING_SHIFT & BYTE;
    boolean noQueue = value >>> INDEX_SHIFT == 0;
    return (held == 0 || held == LOCKED || held == SLOW)
        && pending <= 1
        && (noQueue || lastCpu().orElse(Integer.MAX_VALUE) < cpus)
        && (held != 0 || pending != 0 || !noQueue);
  }

  /** Which of the CPU's nodes the last of the queue waits with. */
  int lastNode() {
    return value >>> INDEX_SHIFT & INDEX_MASK;
  }

  /**
   * How sure it is that an address is that of a lock that a CPU waits for: 0 where it cannot be
   * one.
   *
   * @param times that the CPU's registers and stack have the address
   */
  public static int weight(TypedMemory memory, long address, int cpu, int times) {
    if (address % Integer.BYTES != 0 || Long.compareUnsigned(address, 1L << 16) < 0) {
      return 0;
    }
    OptionalInt word = memory.memory().int32(address);
    if (word.isEmpty()) {
      return 0;
    }
    QueuedSpinLock lock = new QueuedSpinLock(word.getAsInt());
    if (!lock.isPlausible(new PerCpu(memory).count())) {
      return 0;
    }
    // The last of a queue is nowhere but in its lock.
    return times + (lock.lastCpu().orElse(-1) == cpu ? Byte.MAX_VALUE : 0);
  }

  /**
   * The CPU behind one in the queue, which a node of its leads to ({@code qnodes}, of before 6.10
   * too: kernel/locking/qspinlock.c).
   */
  public static OptionalInt behind(TypedMemory memory, int cpu) throws KernelReadException {
    PerCpu perCpu = new PerCpu(memory);
    OptionalLong nodes = perCpu.address("qnodes", cpu);
    if (nodes.isEmpty()) {
      return OptionalInt.empty();
    }
    long bytes = memory.object("struct qnode", 0).type().size().orElse(0);
    long used = memory.object("struct qnode", nodes.getAsLong()).value("mcs.count");
    if (used < 1 || used > INDEX_MASK + 1) {
      return OptionalInt.empty();
    }
    long next =
        memory.object("struct qnode", nodes.getAsLong() + (used - 1) * bytes).value("mcs.next");
    for (int other = 0; next != 0 && other < perCpu.count(); other++) {
      long from = next - perCpu.address("qnodes", other).orElse(next + 1);
      if (from >= 0 && from < (INDEX_MASK + 1) * bytes) {
        return OptionalInt.of(other);
      }
    }
    return OptionalInt.empty();
  }

  /** The task that has a spinlock, of kernels that keep that (CONFIG_DEBUG_SPINLOCK). */
  public static OptionalLong owner(TypedMemory memory, long lock) throws KernelReadException {
    return memory.types().has("struct raw_spinlock", "owner")
        ? OptionalLong.of(memory.object("struct raw_spinlock", lock).value("owner"))
        : OptionalLong.empty();
  }
}
