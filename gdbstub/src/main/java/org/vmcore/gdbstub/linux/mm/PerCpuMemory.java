package org.vmcore.gdbstub.linux.mm;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The memory that per-CPU variables lie in (Linux mm/percpu.c). */
public final class PerCpuMemory {
  private PerCpuMemory() {}

  /**
   * What each CPU has in the first chunk, which is made at the boot: the variables of the kernel
   * and of modules, and some for what is allocated. What a unit has behind that is given back, and
   * is memory like any other.
   *
   * @return empty where the kernel does not tell
   */
  public static OptionalLong firstChunkBytes(TypedMemory memory, long pageBytes)
      throws KernelReadException {
    if (memory.address("pcpu_first_chunk").isEmpty()
        || memory.address("pcpu_base_addr").isEmpty()
        || !memory.types().has("struct pcpu_chunk", "base_addr")) {
      return OptionalLong.empty();
    }
    KernelObject chunk = memory.object("struct pcpu_chunk", word(memory, "pcpu_first_chunk"));
    return OptionalLong.of(
        chunk.value("base_addr")
            + chunk.value("nr_pages") * pageBytes
            - word(memory, "pcpu_base_addr"));
  }

  /** Pages that were allocated after the boot, of all CPUs; 0 where the kernel does not count. */
  static long allocatedPages(TypedMemory memory, long pageBytes) throws KernelReadException {
    OptionalLong first = firstChunkBytes(memory, pageBytes);
    OptionalInt populated = int32(memory, "pcpu_nr_populated");
    OptionalInt units = int32(memory, "pcpu_nr_units");
    return first.isPresent() && populated.isPresent() && units.isPresent()
        ? (populated.getAsInt() - first.getAsLong() / pageBytes) * units.getAsInt()
        : 0;
  }

  private static long word(TypedMemory memory, String symbol) throws KernelReadException {
    return memory.variable(symbol, "unsigned long").value();
  }

  private static OptionalInt int32(TypedMemory memory, String symbol) {
    return memory.address(symbol).map(memory.memory()::int32).orElse(OptionalInt.empty());
  }
}
