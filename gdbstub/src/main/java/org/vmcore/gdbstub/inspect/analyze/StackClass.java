package org.vmcore.gdbstub.inspect.analyze;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.oops.FailureClass;

/**
 * What a function on the stack of the CPU that died tells of why: the kernel's own names for its
 * handlers, on any architecture.
 *
 * @param function that is on the stack
 * @param failure that it is called for
 */
record StackClass(String function, FailureClass failure) {
  /** What says more comes first. */
  private static final List<Map.Entry<String, FailureClass>> BY_FUNCTION =
      List.of(
          entry("sysrq_handle_crash", FailureClass.SYSRQ),
          entry("fortify_panic", FailureClass.OUT_OF_BOUNDS),
          entry("__fortify_panic", FailureClass.OUT_OF_BOUNDS),
          entry("mce_panic", FailureClass.MACHINE_CHECK),
          entry("do_machine_check", FailureClass.MACHINE_CHECK),
          entry("s390_handle_mcck", FailureClass.MACHINE_CHECK),
          entry("unknown_nmi_error", FailureClass.NMI),
          entry("handle_stack_overflow", FailureClass.STACK_OVERFLOW),
          entry("handle_bad_stack", FailureClass.STACK_OVERFLOW),
          entry("panic_bad_stack", FailureClass.STACK_OVERFLOW),
          entry("kernel_stack_overflow", FailureClass.STACK_OVERFLOW),
          entry("__stack_chk_fail", FailureClass.STACK_CORRUPTION),
          entry("check_hung_uninterruptible_tasks", FailureClass.HUNG_TASK),
          entry("check_hung_task", FailureClass.HUNG_TASK),
          entry("watchdog_overflow_callback", FailureClass.HARD_LOCKUP),
          entry("watchdog_hardlockup_check", FailureClass.HARD_LOCKUP),
          entry("watchdog_timer_fn", FailureClass.SOFT_LOCKUP),
          entry("rcu_sched_clock_irq", FailureClass.RCU_STALL),
          entry("panic_on_rcu_stall", FailureClass.RCU_STALL),
          entry("out_of_memory", FailureClass.OUT_OF_MEMORY),
          entry("mount_block_root", FailureClass.NO_ROOT),
          entry("mount_root_generic", FailureClass.NO_ROOT),
          entry("exc_divide_error", FailureClass.DIVISION),
          entry("do_divide_error", FailureClass.DIVISION),
          entry("divide_error", FailureClass.DIVISION),
          entry("exc_double_fault", FailureClass.DOUBLE_FAULT),
          entry("do_double_fault", FailureClass.DOUBLE_FAULT),
          entry("__warn", FailureClass.WARNING),
          entry("exc_general_protection", FailureClass.GENERAL_PROTECTION),
          entry("do_general_protection", FailureClass.GENERAL_PROTECTION),
          entry("general_protection", FailureClass.GENERAL_PROTECTION),
          entry("kasan_report", FailureClass.OUT_OF_BOUNDS),
          entry("exc_page_fault", FailureClass.BAD_ACCESS),
          entry("page_fault_oops", FailureClass.BAD_ACCESS),
          entry("do_page_fault", FailureClass.BAD_ACCESS),
          entry("__do_page_fault", FailureClass.BAD_ACCESS),
          entry("do_translation_fault", FailureClass.BAD_ACCESS),
          entry("die_kernel_fault", FailureClass.BAD_ACCESS),
          entry("bad_page_fault", FailureClass.BAD_ACCESS),
          entry("__bad_page_fault", FailureClass.BAD_ACCESS),
          entry("do_dat_exception", FailureClass.BAD_ACCESS),
          entry("do_DataAbort", FailureClass.BAD_ACCESS),
          entry("do_mem_abort", FailureClass.BAD_ACCESS),
          entry("exc_invalid_op", FailureClass.BUG),
          entry("do_invalid_op", FailureClass.BUG),
          entry("bug_handler", FailureClass.BUG));

  /** What a stack tells. */
  static Optional<StackClass> of(List<String> functions) {
    return BY_FUNCTION.stream()
        .filter(known -> functions.contains(known.getKey()))
        .findFirst()
        .map(known -> new StackClass(known.getKey(), known.getValue()));
  }
}
