package org.vmcore.gdbstub.linux.tasks;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Whether types are those of the kernel in a dump, by what is certain of the first task of any
 * kernel (Linux init/init_task.c): it has the number 0, is called "swapper", and is the head of the
 * list of all. A kernel with CONFIG_RANDSTRUCT has its structures shuffled, of which neither BTF
 * nor DWARF knows anything; and a file may be of another build.
 */
public final class TypesFit {
  private static final String FIRST = "swapper";

  private TypesFit() {}

  /** Whether all that is certain of the first task could be read, and is so. */
  public static boolean isProven(TypedMemory types) {
    try {
      KernelObject first = types.variable("init_task", "struct task_struct");
      KernelObject list = first.member("tasks");
      long prev = list.member("prev").address() - list.address();
      return first.value("pid") == 0
          && first.string("comm").startsWith(FIRST)
          && list.value("next") != list.address()
          && types.memory().word(list.value("next") + prev).orElse(0) == list.address();
    } catch (KernelReadException e) {
      // What could not be read is not proven.
      return false;
    }
  }

  /** What does not fit, as a clause; empty also where that cannot be told. */
  public static Optional<String> problem(TypedMemory types) {
    Optional<Long> address = types.address("init_task");
    if (address.isEmpty() || !types.types().has("struct task_struct", "comm")) {
      return Optional.empty();
    }
    try {
      KernelObject first = types.object("struct task_struct", address.get());
      if (first.value("pid") != 0) {
        return Optional.of("by them init_task has PID " + first.value("pid") + " instead of 0");
      }
      if (!first.string("comm").startsWith(FIRST)) {
        return Optional.of("by them init_task is not called " + FIRST);
      }
      KernelObject list = first.member("tasks");
      long next = list.value("next");
      OptionalLong back =
          types.memory().word(next + list.member("prev").address() - list.address());
      return back.isPresent() && back.getAsLong() != list.address()
          ? Optional.of("by them the list of tasks does not close")
          : Optional.empty();
    } catch (KernelReadException e) {
      // Where the memory lacks it, types cannot be blamed.
      return Optional.empty();
    }
  }
}
