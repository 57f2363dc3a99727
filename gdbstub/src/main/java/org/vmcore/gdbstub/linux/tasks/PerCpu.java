package org.vmcore.gdbstub.linux.tasks;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The copies of per-CPU variables (Linux include/asm-generic/percpu.h). */
public final class PerCpu {
  private static final String OFFSETS = "__per_cpu_offset";

  /** CONFIG_NR_CPUS is at most 8192 on every architecture. */
  private static final int MAX_CPUS = 8192;

  private final TypedMemory typed;

  public PerCpu(TypedMemory typed) {
    this.typed = typed;
  }

  /**
   * One more than the highest number of a CPU that there can be; 1 where the kernel does not say.
   */
  public int count() {
    OptionalInt ids =
        typed.address("nr_cpu_ids").map(typed.memory()::int32).orElse(OptionalInt.empty());
    return ids.isPresent() ? Math.max(1, Math.min(ids.getAsInt(), MAX_CPUS)) : 1;
  }

  /** What to add to a per-CPU address for one CPU's copy; 0 on a kernel without SMP. */
  public OptionalLong offset(int cpu) {
    KernelMemory memory = typed.memory();
    return typed
        .address(OFFSETS)
        .map(table -> memory.word(table + (long) cpu * memory.wordBytes()))
        .orElse(OptionalLong.of(0));
  }

  /** Where one CPU has a variable; empty when the kernel has no such variable. */
  public OptionalLong address(String symbol, int cpu) {
    OptionalLong offset = offset(cpu);
    return typed
        .address(symbol)
        .filter(variable -> offset.isPresent())
        .map(variable -> OptionalLong.of(typed.memory().truncate(variable + offset.getAsLong())))
        .orElse(OptionalLong.empty());
  }

  /** The pointer in one CPU's copy of a variable; empty also when it is NULL. */
  OptionalLong pointer(String symbol, int cpu) {
    OptionalLong address = address(symbol, cpu);
    OptionalLong value =
        address.isPresent() ? typed.memory().word(address.getAsLong()) : OptionalLong.empty();
    return value.isPresent() && value.getAsLong() != 0 ? value : OptionalLong.empty();
  }
}
