package org.vmcore.gdbstub.linux;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What {@code struct module} and {@code struct module_use} (Linux include/linux/module.h) have
 * called what is read of them by their types. {@code state}, {@code name} and {@code taints} are as
 * in 2.6.32. Where a module's memory, sections and symbols are is told without types ({@code
 * symbols.ModuleShape}).
 */
final class ModuleMembers {
  /** How often it is used: one number, with one more while it is loaded. */
  static final MemberHistory COUNT =
      MemberHistory.added(
          "3.19",
          "refcnt.counter",
          "2f35c41f58a9, \"module: Replace module_ref with atomic_t refcnt\"");

  /**
   * What was counted before: without SMP a number, with it a pointer to each CPU's share, which has
   * a type since 2.6.34 (commit e1783a240f49, "module: Use this_cpu_xx to dynamically allocate
   * counters"), {@code struct module_ref} of {@code incs} and {@code decs}.
   */
  static final MemberHistory SHARES = MemberHistory.named("ref").since("2.6.32", "refptr", "");

  private static final String TWO_WAY =
      "2c02dfe7fe3f, \"module: Make the 'usage' lists be two-way\"";

  /** The list of those that use it. */
  static final MemberHistory USERS =
      MemberHistory.named("modules_which_use_me").since("2.6.35", "source_list", TWO_WAY);

  /** How an entry of that list hangs there. */
  static final MemberHistory NEXT_USER =
      MemberHistory.named("list").since("2.6.35", "source_list", TWO_WAY);

  /** The module that an entry stands for. */
  static final MemberHistory USER =
      MemberHistory.named("module_which_uses").since("2.6.35", "source", TWO_WAY);

  private ModuleMembers() {}
}
