package org.vmcore.gdbstub.linux.symbols;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** The list of loaded modules (Linux kernel/module/main.c; before 5.18 kernel/module.c). */
public final class Modules {
  /** More than any machine has; the list may loop. */
  private static final int MAX_MODULES = 1 << 14;

  private Modules() {}

  /**
   * The modules of the list, newest first, as the kernel lists them. One that cannot be read is
   * left out; where the list is broken it ends.
   *
   * @param head address of {@code modules}, a list_head
   */
  public static List<KernelModule> read(KernelMemory memory, long head) {
    List<KernelModule> modules = new ArrayList<>();
    Set<Long> seen = new HashSet<>(List.of(head));
    OptionalLong next = memory.word(head);
    while (next.isPresent() && seen.add(next.getAsLong()) && seen.size() <= MAX_MODULES) {
      // list is the second member, after an enum.
      ModuleShape.read(memory, next.getAsLong() - memory.wordBytes()).ifPresent(modules::add);
      next = memory.word(next.getAsLong());
    }
    return List.copyOf(modules);
  }
}
