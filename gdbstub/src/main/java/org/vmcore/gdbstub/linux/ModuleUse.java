package org.vmcore.gdbstub.linux;

import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Who uses a module, as {@code /proc/modules} tells it (Linux kernel/module/procfs.c).
 *
 * @param module a {@code struct module}
 */
public record ModuleUse(KernelObject module) {
  /** MODULE_REF_BASE (Linux kernel/module/main.c): a module that nobody uses is counted once. */
  private static final long MODULE_REF_BASE = 1;

  /** {@code enum module_state} (include/linux/module.h). */
  private static final List<String> MODULE_STATES =
      List.of("Live", "Loading", "Unloading", "Unformed");

  /** Of one of {@link LinuxKernel#modules}; empty where the types of modules are not known. */
  public static Optional<ModuleUse> of(TypedMemory typed, KernelModule module) {
    try {
      return Optional.of(new ModuleUse(typed.object("struct module", module.structure())));
    } catch (KernelReadException e) {
      return Optional.empty();
    }
  }

  /**
   * How often it is used, in {@code refcnt} since Linux 3.19 (commit 2f35c41f58a9, "module: Replace
   * module_ref with atomic_t refcnt").
   */
  public Optional<Long> count() {
    try {
      return Optional.of(module.value("refcnt.counter") - MODULE_REF_BASE);
    } catch (KernelReadException e) {
      return Optional.empty();
    }
  }

  /**
   * The modules that use it, with a comma after each; a dash for none; empty where that cannot be
   * told.
   */
  public Optional<String> users() {
    StringBuilder names = new StringBuilder();
    try {
      for (KernelObject use :
          module.member("source_list").list("struct module_use", "source_list").whole()) {
        names.append(use.string("source->name")).append(',');
      }
    } catch (KernelReadException e) {
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
      return Optional.empty();
    }
  }
}
