package org.vmcore.gdbstub.linux;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Who uses a module, as {@code /proc/modules} tells it (Linux kernel/module/procfs.c).
 *
 * @param linux the kernel that loaded it
 * @param module a {@code struct module}
 */
public record ModuleUse(LinuxKernel linux, KernelObject module) {
  /** MODULE_REF_BASE (Linux kernel/module/main.c): a module that nobody uses is counted once. */
  private static final long MODULE_REF_BASE = 1;

  private static final BitSet FIRST_CPU = BitSet.valueOf(new long[] {1});

  /** {@code enum module_state} (include/linux/module.h). */
  private static final List<String> MODULE_STATES =
      List.of("Live", "Loading", "Unloading", "Unformed");

  /** Of one of {@link LinuxKernel#modules}; empty where the types of modules are not known. */
  public static Optional<ModuleUse> of(LinuxKernel linux, KernelModule module) {
    try {
      Optional<TypedMemory> typed = linux.types();
      return typed.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new ModuleUse(linux, typed.get().object("struct module", module.structure())));
    } catch (KernelReadException e) {
      // The same reason as that of all modules, which the kernel's own list has told.
      return Optional.empty();
    }
  }

  /** How often it is used; empty where that cannot be told, as without CONFIG_MODULE_UNLOAD. */
  public Optional<Long> count() {
    try {
      return Optional.of(
          ModuleMembers.COUNT.isIn(module)
              ? ModuleMembers.COUNT.in(module).value() - MODULE_REF_BASE
              : shares(ModuleMembers.SHARES.in(module)));
    } catch (KernelReadException e) {
      // Told in cells of a table, as /proc/modules has it, where an empty one is what is not known.
      return Optional.empty();
    }
  }

  /** A CPU's share may be below 0, where another let go of what this one took. */
  private long shares(KernelObject shares) throws KernelReadException {
    KernelMemory memory = linux.memory();
    if (!(shares.type().resolved() instanceof Type.Pointer)) {
      return memory.word(shares.address()).orElse(0);
    }
    KernelObject first = shares.dereference();
    BitSet cpus = linux.presentCpus().or(linux::onlineCpus).orElse(FIRST_CPU);
    long count = 0;
    for (int cpu : cpus.stream().toArray()) {
      KernelObject share = first.moved(linux.perCpuOffset(cpu));
      count +=
          share.has("incs")
              ? share.value("incs") - share.value("decs")
              : memory.word(share.address()).orElse(0);
    }
    return count;
  }

  /**
   * The modules that use it, with a comma after each; a dash for none; empty where that cannot be
   * told.
   */
  public Optional<String> users() {
    StringBuilder names = new StringBuilder();
    try {
      KernelTypes types = module.memory().types();
      String entry = "struct module_use";
      String next =
          ModuleMembers.NEXT_USER.path(types, entry).orElse(ModuleMembers.NEXT_USER.toString());
      for (KernelObject use : ModuleMembers.USERS.in(module).list(entry, next).whole()) {
        names.append(ModuleMembers.USER.in(use).dereference().string("name")).append(',');
      }
    } catch (KernelReadException e) {
      // As with the count.
      return Optional.empty();
    }
    return Optional.of(names.isEmpty() ? "-" : names.toString());
  }

  /** Such as {@code Live}. */
  public Optional<String> state() {
    try {
      long state = module.value("state");
      return state >= 0 && state < MODULE_STATES.size()
          ? Optional.of(MODULE_STATES.get((int) state))
          : Optional.empty();
    } catch (KernelReadException e) {
      // As with the count.
      return Optional.empty();
    }
  }
}
