package org.vmcore.gdbstub.port.x86_64;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.port.api.OwnStack;

/**
 * Each CPU's stacks for interrupts and, since 5.2, for exceptions (Linux
 * Documentation/arch/x86/kernel-stacks.rst; arch/x86/include/asm/cpu_entry_area.h).
 */
final class CpuStacks {
  /** IRQ_STACK_SIZE (arch/x86/include/asm/page_64_types.h), without KASAN. */
  private static final long IRQ_BYTES = 16 << 10;

  private static final String EXCEPTIONS = "struct cea_exception_stacks";

  /** Members of that, and what crash calls them. */
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("DF_stack", "DOUBLEFAULT EXCEPTION");
    NAMES.put("NMI_stack", "NMI EXCEPTION");
    NAMES.put("DB_stack", "DEBUG EXCEPTION");
    NAMES.put("MCE_stack", "MCE EXCEPTION");
    NAMES.put("VC_stack", "VC EXCEPTION");
  }

  private CpuStacks() {}

  static List<OwnStack> of(LinuxKernel kernel, List<Integer> cpus) {
    List<OwnStack> found = new ArrayList<>();
    Optional<TypedMemory> typed = kernel.types();
    if (typed.isEmpty()) {
      return found;
    }
    PerCpu perCpu = new PerCpu(typed.get());
    for (int cpu : cpus) {
      OptionalLong end = interruptStack(typed.get(), perCpu, cpu);
      if (end.isPresent()) {
        // It points at the last word (irq_stack_top since 5.14), or behind it.
        long last = (end.getAsLong() + Long.BYTES) & -4096;
        found.add(new OwnStack(cpu, "IRQ", last - IRQ_BYTES, IRQ_BYTES));
      }
    }
    for (int cpu : cpus) {
      OptionalLong stacks = word(typed.get(), perCpu.address("cea_exception_stacks", cpu));
      if (stacks.isPresent()) {
        addExceptions(typed.get(), cpu, stacks.getAsLong(), found);
      }
    }
    return found;
  }

  /** A variable of its own, and since 6.2 part of {@code pcpu_hot}, until that went in 6.15. */
  private static OptionalLong interruptStack(TypedMemory typed, PerCpu perCpu, int cpu) {
    OptionalLong own = word(typed, perCpu.address("hardirq_stack_ptr", cpu));
    OptionalLong hot = perCpu.address("pcpu_hot", cpu);
    if (own.isPresent() || hot.isEmpty()) {
      return own;
    }
    try {
      long value = typed.object("struct pcpu_hot", hot.getAsLong()).value("hardirq_stack_ptr");
      return value == 0 ? OptionalLong.empty() : OptionalLong.of(value);
    } catch (KernelReadException e) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong word(TypedMemory typed, OptionalLong address) {
    OptionalLong value =
        address.isPresent() ? typed.memory().word(address.getAsLong()) : OptionalLong.empty();
    return value.isPresent() && value.getAsLong() != 0 ? value : OptionalLong.empty();
  }

  private static void addExceptions(
      TypedMemory typed, int cpu, long address, List<OwnStack> found) {
    NAMES.forEach(
        (member, name) -> {
          try {
            KernelObject stack = typed.object(EXCEPTIONS, address).member(member);
            long length = stack.type().size().orElse(0);
            if (length > 0) {
              found.add(new OwnStack(cpu, name, stack.address(), length));
            }
          } catch (KernelReadException e) {
            // This kernel has none of that name.
            return;
          }
        });
  }
}
