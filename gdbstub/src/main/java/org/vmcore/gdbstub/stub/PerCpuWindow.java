package org.vmcore.gdbstub.stub;

import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * Per-CPU variables that count from 0 (x86-64 up to 6.14), shown at addresses that no memory has:
 * there a debugger sees the copy of the CPU that it has selected. What it adds to such an address
 * to reach another CPU's copy, as {@code $lx_per_cpu} does, leads there.
 */
final class PerCpuWindow {
  private static final String OFFSETS = "__per_cpu_offset";
  private static final String END = "__per_cpu_end";

  /** Where the kernel does not say how much there is. */
  private static final long USUAL_SIZE = 1 << 20;

  /** With five levels of page tables, addresses have 57 bits (Intel SDM vol. 1, 3.3.7.1). */
  private static final int TOP_BITS = 56;

  private static final long KERNEL = 0xff;

  private final CrashedMachine machine;
  private final boolean exists;
  private final Map<Integer, OptionalLong> offsets = new ConcurrentHashMap<>();

  PerCpuWindow(CrashedMachine machine) {
    this.machine = machine;
    this.exists = machine.vmlinux().filter(Vmlinux::hasZeroBasedPerCpu).isPresent();
  }

  /**
   * Where in the machine's memory an address leads: for all but those of the window to itself.
   *
   * @param cpu the selected one
   */
  long leadsTo(long address, int cpu) {
    long inWindow = address - ServedSymbols.PER_CPU;
    long top = address >>> TOP_BITS;
    if (!exists || top == 0 || top == KERNEL) {
      return address;
    }
    if (inWindow >>> TOP_BITS == KERNEL) {
      return inWindow;
    }
    OptionalLong offset = offsets.computeIfAbsent(cpu, this::offset);
    return offset.isPresent() && Long.compareUnsigned(inWindow, size()) < 0
        ? inWindow + offset.getAsLong()
        : address;
  }

  private OptionalLong offset(int cpu) {
    try {
      LinuxKernel kernel = machine.linux();
      return kernel
          .address(OFFSETS)
          .map(table -> kernel.memory().word(table + (long) cpu * Long.BYTES))
          .orElse(OptionalLong.empty());
    } catch (MissingFactException e) {
      return OptionalLong.empty();
    }
  }

  private long size() {
    try {
      return machine.linux().address(END).orElse(USUAL_SIZE);
    } catch (MissingFactException e) {
      return USUAL_SIZE;
    }
  }
}
