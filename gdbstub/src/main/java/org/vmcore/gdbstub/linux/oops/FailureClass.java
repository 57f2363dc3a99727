package org.vmcore.gdbstub.linux.oops;

import java.util.EnumSet;
import java.util.Set;

/** What kind of failure it is. */
public enum FailureClass {
  NULL_DEREFERENCE("NULL pointer dereference"),
  BAD_ACCESS("access to memory that is not there, or not to be accessed so"),
  WILD_POINTER("wild pointer"),
  POISONED_POINTER("poisoned pointer"),
  USE_AFTER_FREE("use after free"),
  OUT_OF_BOUNDS("access out of bounds"),
  DOUBLE_FREE("double or invalid free"),
  LIST_CORRUPTION("list corruption"),
  REFCOUNT("reference count gone wrong"),
  SLAB_CORRUPTION("slab corruption"),
  PAGE_STATE("page in a bad state"),
  UNINITIALISED("use of an uninitialised value"),
  INFORMATION_LEAK("kernel memory shown to user space"),
  DATA_RACE("data race"),
  UNDEFINED_BEHAVIOUR("undefined behaviour"),
  USERCOPY("copy from or to user space beyond an object"),
  GENERAL_PROTECTION("general protection fault"),
  STACK_OVERFLOW("kernel stack overflow"),
  STACK_CORRUPTION("kernel stack overwritten"),
  DOUBLE_FAULT("double fault"),
  DIVISION("division by zero or overflow"),
  INVALID_OPCODE("invalid instruction"),
  BUG("BUG()"),
  WARNING("WARN()"),
  OOPS("oops"),
  BUS_ERROR("error on the bus or of memory"),
  ALIGNMENT("misaligned access"),
  SOFT_LOCKUP("soft lockup"),
  HARD_LOCKUP("hard lockup"),
  RCU_STALL("RCU stall"),
  HUNG_TASK("hung task"),
  WORKQUEUE_LOCKUP("workqueue lockup"),
  DEADLOCK("deadlock, or a possible one"),
  LOCKING("locking rule broken"),
  ATOMIC_SLEEP("sleep in atomic context"),
  MEMORY_LEAK("memory leak"),
  OUT_OF_MEMORY("out of memory"),
  MACHINE_CHECK("machine check"),
  NMI("NMI"),
  SYSRQ("crash asked for by a user (sysrq)"),
  INIT_DIED("init died"),
  NO_ROOT("no root file system"),
  PANIC("panic"),
  WATCHDOG("watchdog"),
  FIRMWARE("error of firmware or hardware"),
  REBOOT("reboot"),
  OTHER("other"),
  UNKNOWN("unknown");

  /** What a kernel goes on after, unless it was told to panic. */
  private static final Set<FailureClass> MILD =
      EnumSet.of(
          WARNING,
          REFCOUNT,
          UNINITIALISED,
          INFORMATION_LEAK,
          DATA_RACE,
          UNDEFINED_BEHAVIOUR,
          DEADLOCK,
          LOCKING,
          ATOMIC_SLEEP,
          MEMORY_LEAK,
          HUNG_TASK,
          RCU_STALL,
          SOFT_LOCKUP,
          WORKQUEUE_LOCKUP,
          PAGE_STATE,
          OTHER);

  private final String words;

  FailureClass(String words) {
    this.words = words;
  }

  /** Whether the kernel goes on after it, unless it was told to panic. */
  public boolean isMild() {
    return MILD.contains(this);
  }

  /** In words. */
  public String words() {
    return words;
  }
}
