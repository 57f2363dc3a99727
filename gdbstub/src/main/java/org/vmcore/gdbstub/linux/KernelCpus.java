package org.vmcore.gdbstub.linux;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.vmcore.arch.paging.Translation;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** What the kernel's variables say of its CPUs, without any types. */
final class KernelCpus {
  /** Since 4.5 (commit 5aec01b834fd, "kernel/cpu.c: eliminate cpu_*_mask"); before: a bitmap. */
  static final List<String> ONLINE_MASKS = List.of("__cpu_online_mask", "cpu_online_bits");

  private static final List<String> PRESENT_MASKS =
      List.of("__cpu_present_mask", "cpu_present_bits");

  static final String NR_CPU_IDS = "nr_cpu_ids";
  static final String PER_CPU_OFFSET = "__per_cpu_offset";

  /**
   * x86's per-CPU TLB state; its first member is the mm whose tables CR3 points at, since 4.13
   * (commit 3d28ebceaffa, "x86/mm: Rework lazy TLB to track the actual loaded mm").
   */
  static final String CPU_TLBSTATE = "cpu_tlbstate";

  /**
   * arm64's per-CPU pointer to the current task, since 4.10 (commit c02433dd6de3, "arm64: split
   * thread_info from task stack").
   */
  static final String ENTRY_TASK = "__entry_task";

  /** Linux include/uapi/linux/magic.h, set by set_task_stack_end_magic() in kernel/fork.c. */
  private static final int STACK_END_MAGIC = 0x57ac6e9d;

  /** Enough for {@code struct thread_info} and the few members in front of {@code stack}. */
  private static final int STACK_MEMBER_END = 2048;

  /** CONFIG_NR_CPUS is at most 8192 on every architecture. */
  private static final int MAX_CPUS = 8192;

  /** Bytes of an mm_struct in which its pgd lies on every kernel; it is among the first members. */
  private static final int MM_STRUCT_HEAD = 1024;

  /** Bytes that the smallest top-level table is aligned to: that of i386 with PAE, and its size. */
  private static final int ROOT_ALIGNMENT = 32;

  private final LinuxKernel kernel;
  private final KernelMemory memory;

  KernelCpus(LinuxKernel kernel) {
    this.kernel = kernel;
    this.memory = kernel.memory();
  }

  Optional<BitSet> online() {
    return cpus(ONLINE_MASKS);
  }

  Optional<BitSet> present() {
    return cpus(PRESENT_MASKS);
  }

  private Optional<BitSet> cpus(List<String> masks) {
    int wordBits = memory.wordBytes() * Byte.SIZE;
    int bytes = (maxCpus() + wordBits - 1) / wordBits * memory.wordBytes();
    return masks.stream()
        .flatMap(name -> kernel.address(name).stream())
        .findFirst()
        .flatMap(mask -> memory.bytes(mask, bytes))
        .map(this::cpuMask)
        .filter(mask -> !mask.isEmpty());
  }

  /** A mask of unsigned longs in the machine's byte order; bit 0 of word 0 is CPU 0. */
  private BitSet cpuMask(ByteBuffer words) {
    BitSet mask = new BitSet();
    int cpu = 0;
    while (words.hasRemaining()) {
      long word = memory.nextWord(words);
      for (int bit = 0; bit < memory.wordBytes() * Byte.SIZE; bit++, cpu++) {
        mask.set(cpu, (word >>> bit & 1) != 0);
      }
    }
    return mask;
  }

  private int maxCpus() {
    OptionalInt ids = kernel.variable(NR_CPU_IDS).map(memory::int32).orElse(OptionalInt.empty());
    boolean plausible = ids.isPresent() && ids.getAsInt() > 0 && ids.getAsInt() <= MAX_CPUS;
    return plausible ? ids.getAsInt() : Long.SIZE;
  }

  /** See {@link LinuxKernel#pageTableRoot}. */
  OptionalLong pageTableRoot(int cpu, LongPredicate isRoot) {
    Optional<Long> tlbState = kernel.variable(CPU_TLBSTATE);
    if (tlbState.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong mm = memory.word(tlbState.get() + perCpuOffset(cpu));
    if (mm.isEmpty()) {
      return OptionalLong.empty();
    }
    Optional<ByteBuffer> head = memory.bytes(mm.getAsLong(), MM_STRUCT_HEAD);
    while (head.isPresent() && head.get().hasRemaining()) {
      long pointer = memory.nextWord(head.get());
      if (pointer != 0
          && pointer % ROOT_ALIGNMENT == 0
          && memory.memory().translate(pointer) instanceof Translation.Mapped mapped
          && isRoot.test(mapped.physicalAddress())) {
        return OptionalLong.of(mapped.physicalAddress());
      }
    }
    return OptionalLong.empty();
  }

  /** See {@link LinuxKernel#currentTask}. */
  OptionalLong currentTask(int cpu) {
    return kernel
        .variable(ENTRY_TASK)
        .map(variable -> memory.word(variable + perCpuOffset(cpu)))
        .orElse(OptionalLong.empty());
  }

  /** See {@link LinuxKernel#currentStack}. */
  OptionalLong currentStack(int cpu) {
    OptionalLong task = currentTask(cpu);
    for (int at = 0; at < STACK_MEMBER_END && task.isPresent(); at += memory.wordBytes()) {
      OptionalLong word = memory.word(task.getAsLong() + at);
      if (word.isPresent() && memory.int32(word.getAsLong()).orElse(0) == STACK_END_MAGIC) {
        return word;
      }
    }
    return OptionalLong.empty();
  }

  /** What to add to a per-CPU symbol for one CPU's copy; 0 on a kernel without SMP. */
  long perCpuOffset(int cpu) {
    return kernel
        .variable(PER_CPU_OFFSET)
        .map(table -> memory.word(table + (long) cpu * memory.wordBytes()).orElse(0))
        .orElse(0L);
  }
}
