package org.vmcore.gdbstub.linux.stack;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.types.Compound;

/**
 * How long a task's stack is: THREAD_SIZE, which depends on the architecture, the kernel's age and
 * its configuration. On x86-64 it was 8 KiB until Linux 3.15 (commit 6538b8ea886e, "x86_64: expand
 * kernel stack to 16K"), and is twice as long with KASAN.
 */
public final class StackSize {
  private static final int MIN = 4 << 10;
  private static final int MAX = 256 << 10;

  private static final int USUAL = 16 << 10;
  private static final int USUAL_32 = 8 << 10;

  /** The first task's stack, by its type, its ends, and its name. */
  private static final String TYPE = "union thread_union";

  private static final String START = "__start_init_task";
  private static final String END = "__end_init_task";
  private static final String VARIABLE = "init_thread_union";

  private StackSize() {}

  /** In bytes, a power of two. */
  public static int of(LinuxKernel kernel) {
    OptionalLong typed =
        kernel
            .types()
            .flatMap(types -> types.types().compound(TYPE))
            .map(Compound::size)
            .orElse(OptionalLong.empty());
    if (typed.isPresent() && isPlausible(typed.getAsLong())) {
      return (int) typed.getAsLong();
    }
    Optional<Kallsyms> table = kernel.kallsyms();
    Map<String, Long> found =
        table.map(all -> all.find(Set.of(START, END, VARIABLE))).orElse(Map.of());
    if (found.containsKey(START) && found.containsKey(END)) {
      long size = found.get(END) - found.get(START);
      if (isPlausible(size)) {
        return (int) size;
      }
    }
    if (found.containsKey(VARIABLE)) {
      OptionalInt symbol = table.orElseThrow().at(found.get(VARIABLE));
      long size = symbol.isPresent() ? table.get().size(symbol.getAsInt()) : 0;
      if (isPlausible(size)) {
        return (int) size;
      }
    }
    return kernel.memory().wordBytes() == Long.BYTES ? USUAL : USUAL_32;
  }

  private static boolean isPlausible(long size) {
    return size >= MIN && size <= MAX && Long.bitCount(size) == 1;
  }
}
