package org.vmcore.gdbstub.linux;

import org.vmcore.gdbstub.linux.LinuxKernel;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where the addresses of per-CPU variables are: those of a section that each CPU has a copy of, at
 * an offset of its own (Linux include/asm-generic/vmlinux.lds.h, PERCPU_INPUT; mm/percpu.c). On
 * x86-64 they were numbered from 0 up to 6.14 (commit 9d7de2aa8b41, "x86/percpu/64: Use relative
 * percpu offsets"); elsewhere they are addresses in the kernel's image.
 *
 * @param start of the section, {@code __per_cpu_start}
 * @param end after it, {@code __per_cpu_end}
 * @param unitBytes that each CPU has of it; behind the section are the variables of modules, and
 *     what was allocated
 */
public record PerCpuSection(long start, long end, long unitBytes) {
  /** What a kernel sets aside for modules: PERCPU_MODULE_RESERVE, include/linux/percpu.h. */
  private static final long MODULES = 8 << 10;

  private static final long PAGE = 4096;

  /** A guard against garbage; units of real kernels have less than a MiB. */
  private static final long MAX_BYTES = 64 << 20;

  /** Empty on a kernel without SMP, whose variables are there once. */
  public static Optional<PerCpuSection> of(LinuxKernel kernel) {
    Optional<Long> start = kernel.address("__per_cpu_start");
    Optional<Long> end = kernel.address("__per_cpu_end");
    if (start.isEmpty() || end.isEmpty() || kernel.address("__per_cpu_offset").isEmpty()) {
      return Optional.empty();
    }
    long bytes = end.get() - start.get();
    if (bytes <= 0 || bytes > MAX_BYTES) {
      return Optional.empty();
    }
    OptionalInt unit =
        kernel.address("pcpu_unit_size").map(kernel.memory()::int32).orElse(OptionalInt.empty());
    boolean plausible =
        unit.isPresent() && unit.getAsInt() >= bytes && unit.getAsInt() <= MAX_BYTES;
    return Optional.of(
        new PerCpuSection(
            start.get(), end.get(), plausible ? unit.getAsInt() : bytesWithModules(bytes)));
  }

  private static long bytesWithModules(long bytes) {
    return (bytes + MODULES + PAGE - 1) & -PAGE;
  }

  /** How much is of variables that have a name, of the kernel or of modules. */
  public long bytesWithModules() {
    return Math.min(unitBytes, bytesWithModules(end - start));
  }

  /** Whether the addresses are of nothing else: no memory of the kernel is there. */
  public boolean isApart() {
    return start == 0;
  }

  /** Whether an address is in the section itself. */
  public boolean contains(long address) {
    return Long.compareUnsigned(address - start, end - start) < 0;
  }

  /** Whether an address is in what each CPU has, that of modules too. */
  public boolean unitContains(long address) {
    return Long.compareUnsigned(address - start, unitBytes) < 0;
  }
}
