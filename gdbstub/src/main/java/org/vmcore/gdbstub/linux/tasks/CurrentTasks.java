package org.vmcore.gdbstub.linux.tasks;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The task that each CPU ran and the one it runs when it has nothing to do. Every architecture
 * keeps the first where its own entry code finds it quickly; the scheduler's run queues have both
 * where their type is known.
 */
final class CurrentTasks {
  /**
   * x86's own until Linux 6.1 and since 6.15; arm64's since 4.10 and arm's since 5.18, in which the
   * entry code finds it.
   */
  private static final String[] VARIABLES = {"current_task", "__entry_task"};

  /**
   * x86 (commit e57ef2ed97c1, "x86: Put hot per CPU variables into a struct"); the pointer is the
   * first member.
   */
  private static final String PCPU_HOT = "pcpu_hot";

  /** s390: each CPU's lowcore, whose layout its assembly knows by asm-offsets alone. */
  private static final String LOWCORES = "lowcore_ptr";

  /** ppc64: an array of pointers, or before Linux 4.18 an array and {@code paca} points to it. */
  private static final String PACAS = "paca_ptrs";

  private static final String RUN_QUEUES = "runqueues";

  /** Where kernel/smpboot.c keeps them. */
  private static final String IDLE_THREADS = "idle_threads";

  private final TypedMemory typed;
  private final PerCpu perCpu;

  CurrentTasks(TypedMemory typed) {
    this.typed = typed;
    this.perCpu = new PerCpu(typed);
  }

  /** Address of the task that a CPU ran; empty where no variable tells. */
  OptionalLong of(int cpu) {
    for (String variable : VARIABLES) {
      OptionalLong task = perCpu.pointer(variable, cpu);
      if (task.isPresent()) {
        return task;
      }
    }
    OptionalLong hot = perCpu.pointer(PCPU_HOT, cpu);
    if (hot.isPresent()) {
      return hot;
    }
    OptionalLong own = member(LOWCORES, cpu, "struct lowcore", "current_task");
    if (own.isPresent()) {
      return own;
    }
    own = member(PACAS, cpu, "struct paca_struct", "__current");
    return own.isPresent() ? own : ofRunQueue(cpu, "curr");
  }

  /** Address of the task that a CPU runs when it is idle. */
  OptionalLong idleOf(int cpu) {
    OptionalLong task = perCpu.pointer(IDLE_THREADS, cpu);
    return task.isPresent() ? task : ofRunQueue(cpu, "idle");
  }

  private OptionalLong ofRunQueue(int cpu, String member) {
    OptionalLong queue = perCpu.address(RUN_QUEUES, cpu);
    try {
      return queue.isPresent()
          ? OptionalLong.of(typed.object("struct rq", queue.getAsLong()).value(member))
          : OptionalLong.empty();
    } catch (KernelReadException e) {
      // The last of several ways: what a CPU ran is then told as unknown.
      return OptionalLong.empty();
    }
  }

  /** A pointer in the struct that an array of pointers has for each CPU. */
  private OptionalLong member(String array, int cpu, String type, String member) {
    KernelMemory memory = typed.memory();
    Optional<Compound> struct = typed.types().compound(type);
    OptionalLong offset = struct.map(found -> found.offsetOf(member)).orElse(OptionalLong.empty());
    OptionalLong own =
        typed
            .address(array)
            .map(table -> memory.word(table + (long) cpu * memory.wordBytes()))
            .orElse(OptionalLong.empty());
    if (offset.isEmpty() || own.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong task = memory.word(own.getAsLong() + offset.getAsLong());
    return task.isPresent() && task.getAsLong() != 0 ? task : OptionalLong.empty();
  }
}
