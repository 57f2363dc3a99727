package org.vmcore.gdbstub.linux;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** What the kernel's own variables say of its crash. What they do not say is empty. */
public final class CrashState {
  /**
   * Atomic number of the CPU in panic(), or PANIC_CPU_INVALID (Linux kernel/panic.c, since 4.5:
   * commit 1717f2096b54, "panic, x86: Fix re-entrance problem due to panic on NMI").
   */
  private static final String PANIC_CPU = "panic_cpu";

  private static final int PANIC_CPU_INVALID = -1;

  /**
   * The CPU that stops the others on its way into the crash kernel (Linux arch/x86/kernel/reboot.c
   * and crash.c, arch/powerpc/kernel/crash.c). Before 4.7 or so it has no initial value on x86, and
   * 0 may mean that nothing was ever written to it.
   */
  private static final String CRASHING_CPU = "crashing_cpu";

  /**
   * A per-CPU buffer with the note of its registers, which a CPU writes for the crash kernel (Linux
   * kernel/kexec.c, since 4.14 kernel/crash_core.c). One that did not answer leaves it empty, and
   * /proc/vmcore drops it (fs/proc/vmcore.c, update_note_header_size_elf64).
   */
  private static final String CRASH_NOTES = "crash_notes";

  /** CONFIG_NR_CPUS is at most 8192 on every architecture. */
  private static final int MAX_CPUS = 8192;

  /** Its owner, with its NUL. */
  private static final int CORE_LENGTH = 5;

  private static final int NT_PRSTATUS = 1;

  private final LinuxKernel linux;

  public CrashState(LinuxKernel linux) {
    this.linux = linux;
  }

  /** The CPU that called panic(), or took the kernel into the crash kernel. */
  public OptionalInt panicCpu() {
    return cpu(PANIC_CPU);
  }

  /** Whether the kernel would know of a panic and knows of none. */
  public boolean neverPanicked() {
    return value(PANIC_CPU).equals(OptionalInt.of(PANIC_CPU_INVALID));
  }

  /** The CPU that started the crash kernel. */
  public OptionalInt crashingCpu() {
    OptionalInt cpu = cpu(CRASHING_CPU);
    boolean isWritten = cpu.orElse(0) > 0 || notes().map(written -> written.get(0)).orElse(false);
    return isWritten ? cpu : OptionalInt.empty();
  }

  private OptionalInt cpu(String variable) {
    OptionalInt cpu = value(variable);
    return cpu.orElse(-1) >= 0 && cpu.getAsInt() < MAX_CPUS ? cpu : OptionalInt.empty();
  }

  private OptionalInt value(String variable) {
    return linux.variable(variable).map(linux.memory()::int32).orElse(OptionalInt.empty());
  }

  /**
   * The CPUs that wrote down their registers for the crash kernel, in whose order the notes of
   * /proc/vmcore are; empty where none did or that cannot be read.
   */
  public Optional<BitSet> notes() {
    KernelMemory memory = linux.memory();
    OptionalLong notes = linux.variable(CRASH_NOTES).map(memory::word).orElse(OptionalLong.empty());
    Optional<BitSet> cpus = linux.presentCpus().or(linux::onlineCpus);
    if (notes.orElse(0) == 0 || cpus.isEmpty()) {
      return Optional.empty();
    }
    BitSet written = new BitSet();
    for (int cpu : cpus.get().stream().toArray()) {
      Optional<ByteBuffer> note = memory.bytes(notes.getAsLong() + linux.perCpuOffset(cpu), 12);
      if (note.isEmpty() || !(isEmpty(note.get()) || isPrstatus(note.get()))) {
        return Optional.empty();
      }
      written.set(cpu, isPrstatus(note.get()));
    }
    return written.isEmpty() ? Optional.empty() : Optional.of(written);
  }

  private static boolean isEmpty(ByteBuffer note) {
    return List.of(note.getInt(0), note.getInt(4), note.getInt(8)).equals(List.of(0, 0, 0));
  }

  /** An {@code Elf_Nhdr}: n_namesz, n_descsz, n_type (gABI, chapter 5, Note Section). */
  private static boolean isPrstatus(ByteBuffer note) {
    return note.getInt(0) == CORE_LENGTH && note.getInt(8) == NT_PRSTATUS;
  }
}
