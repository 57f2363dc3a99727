package org.vmcore.gdbstub.inspect.memory;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * What an address is that a per-CPU variable's symbol has, where no CPU has its copy (Linux
 * include/asm-generic/percpu.h): each CPU's is at an offset from there. On x86-64 up to 6.14 these
 * symbols count from 0; there debuggers move them with the kernel, or are shown them elsewhere.
 *
 * @param symbol the variable
 * @param offset of the address in it, in bytes
 * @param cpu the selected CPU
 * @param copy where that CPU has what is meant
 */
record PerCpuAddress(String symbol, long offset, int cpu, @Hex OptionalLong copy) {
  private static final String START = "__per_cpu_start";
  private static final String END = "__per_cpu_end";
  private static final String OFFSETS = "__per_cpu_offset";

  /** How far debuggers see them moved ({@link org.vmcore.gdbstub.machine.PerCpuWindow}). */
  private static final long WINDOW = Long.MIN_VALUE;

  /** What is below comes from a NULL pointer, more likely. */
  private static final long FIRST_PAGE = 4096;

  /** Empty for an address that is of none. */
  static Optional<PerCpuAddress> of(Call call, long address) throws MissingFactException {
    LinuxKernel kernel = call.machine().linux();
    Optional<Long> start = kernel.address(START);
    Optional<Long> end = kernel.address(END);
    if (start.isEmpty() || end.isEmpty() || Long.compareUnsigned(address, FIRST_PAGE) < 0) {
      return Optional.empty();
    }
    long slide = call.machine().kernelSpace().kaslrOffset().orElse(0);
    LongStream moved =
        start.get() == 0 ? LongStream.of(0, WINDOW, slide) : LongStream.of(0, WINDOW);
    OptionalLong linked =
        moved
            .map(distance -> address - distance)
            .filter(at -> Long.compareUnsigned(at - start.get(), end.get() - start.get()) < 0)
            .findFirst();
    if (linked.isEmpty()) {
      return Optional.empty();
    }
    int cpu = call.cpu().number();
    return kernel
        .symbolNames()
        .at(linked.getAsLong())
        .map(
            found ->
                new PerCpuAddress(
                    found.symbol().name(),
                    found.offset(),
                    cpu,
                    copy(kernel, linked.getAsLong(), cpu)));
  }

  private static OptionalLong copy(LinuxKernel kernel, long linked, int cpu) {
    KernelMemory memory = kernel.memory();
    OptionalLong offset =
        kernel
            .address(OFFSETS)
            .map(table -> memory.word(table + (long) cpu * memory.wordBytes()))
            .orElse(OptionalLong.empty());
    return offset.isEmpty()
        ? offset
        : OptionalLong.of(memory.truncate(linked + offset.getAsLong()));
  }

  /** For people. */
  String text() {
    String place =
        copy.isPresent() ? "CPU %d has its at %#018x; ".formatted(cpu, copy.getAsLong()) : "";
    return "it is the per-CPU variable %s, of which each CPU has a copy elsewhere: %stype 'percpu %s'"
        .formatted(offset == 0 ? symbol : symbol + "+" + offset, place, symbol);
  }
}
