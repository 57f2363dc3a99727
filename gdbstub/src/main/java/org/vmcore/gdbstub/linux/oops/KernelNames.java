package org.vmcore.gdbstub.linux.oops;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Functions of the kernel that are on many stacks and are nobody's fault. Which they are follows
 * from what they are for; all of them are in the kernel's sources by these names.
 */
public final class KernelNames {
  /** What finds a failure, reports it, stops the machine, or is how the CPU gets there. */
  private static final NameSet REPORT =
      NameSet.of(
          """
          dump_stack* __dump_stack show_stack* dump_backtrace* unwind_backtrace walk_stackframe show_regs* show_trace*
          __show_regs* printk* _printk vprintk* print_* __warn warn_slowpath_* warn_* WARN* __report_bug report_bug*
          fixup_bug handle_bug bug_handler *_bug_handler ubsan_handler brk_handler call_break_hook
          panic vpanic __panic panic_saved_regs check_panic_on_warn nmi_panic die* __die* oops_* no_context
          bad_area* __bad_area* do_kern_addr_fault do_user_addr_fault page_fault_oops kernelmode_fixup_or_oops
          do_page_fault __do_page_fault do_translation_fault do_mem_abort do_DataAbort do_PrefetchAbort do_bad
          do_alignment do_sea exc_* asm_exc_* handle_page_fault handle_stack_overflow handle_exception
          do_error_trap do_trap* do_invalid_op invalid_op do_general_protection general_protection page_fault
          async_page_fault do_async_page_fault error_code error_entry do_divide_error divide_error
          do_double_fault double_fault df_debug do_int3 do_debug do_debug_exception do_undefinstr
          el1_* el1h_* el1t_* el1 __und_svc* __dabt_svc_not_usr do_ade do_trap_break
          do_trap_insn* arm64_* notify_die do_nmi nmi default_do_nmi nmi_handle end_repeat_nmi asm_exc_nmi
          __kasan_* kasan_* __asan_* asan.* check_memory_region* memory_is_* kmsan_* __msan_* __hwasan_*
          kcsan_* __tsan_* kfence_* __kfence_* __ubsan_* ubsan_* handle_overflow
          __sanitizer_cov_* check_kcov_mode trace_hardirqs_* trace_preempt_* lockdep_* __lockdep_*
          __list_add_valid* __list_del_entry_valid* list_del_corruption*
          lock_acquire* __lock_acquire* lock_release* __lock_release lock_contended lock_acquired lock_downgrade
          __lock_downgrade lock_set_class* __lock_set_class lock_sync lock_pin_lock lock_unpin_lock
          lock_commit check_prev* check_prevs_add check_usage* check_irq_usage check_noncircular
          check_deadlock check_wait_context check_chain_key check_no_collision mark_lock* mark_held_locks validate_chain*
          mark_usage valid_state add_chain_cache lookup_chain_cache_add register_lock_class look_up_lock_class
          assign_lock_key hlock_class save_trace save_stack_trace* stack_trace_save* __stack_depot_save
          stack_depot_* debug_check_no_locks_* debug_check_no_obj_freed __debug_check_no_obj_freed
          debug_object_* __debug_object_* debug_print_object debug_mutex_* debug_spin_* debug_rt_mutex_*
          spin_bug spin_dump rwlock_bug check_preemption_disabled __this_cpu_preempt_check debug_smp_processor_id
          __schedule_bug __might_* ___might_* might_* __cant_* rcu_lockdep_* suspicious_*
          refcount_* usercopy_* __check_object_size __check_heap_object check_heap_object
          report_usercopy check_kernel_text_object hardened_usercopy* __usercopy* fortify_panic
          __fortify_panic __stack_chk_fail* skb_panic skb_over_panic skb_under_panic bad_page bad_range
          free_page_is_bad* free_pages_check* check_free_page_bad check_new_page_bad
          object_err slab_err slab_bug slab_fix report_*_invalid_free nmi_cpu_backtrace* nmi_trigger_*
          arch_trigger_* panic_on_rcu_stall rcu_dump_cpu_stacks rcu_check_callbacks check_cpu_stall print_*_stall
          rcu_sched_clock_irq update_process_times tick_sched_* tick_nohz_* tick_handle_* sched_show_task _sched_show_task
          watchdog_timer_fn watchdog_overflow_callback watchdog check_hung_uninterruptible_tasks
          check_hung_task hung_task_panic __hrtimer_run_queues hrtimer_interrupt *_timer_interrupt
          out_of_memory oom_kill_process __alloc_pages_may_oom __alloc_pages_slowpath mem_cgroup_out_of_memory
          reset_page reboot* smp_reboot_interrupt native_stop_other_cpus crash_kexec __crash_kexec
          machine_kexec machine_crash_shutdown crash_setup_regs native_machine_crash_shutdown
          printk_safe_* __printk_safe_* __fortify_report do_tag_check_fault stack_trace_* reacquire_held_locks psi_*
          handle_bad_stack __bad_stack panic_bad_stack
          __do_kernel_fault die_kernel_fault do_bad_area fixup_exception ex_handler_*
          do_no_context do_report_trap __do_pgm_check pgm_check_handler do_dat_exception do_protection_exception
          illegal_op monitor_event_exception translation_specification_exception divide_exception kernel_stack_overflow
          """);

  /**
   * What ends in the machine's death, on every such stack but those that begin with the registers
   * of the exception itself.
   */
  private static final NameSet STOP =
      NameSet.of(
          """
          panic vpanic __panic nmi_panic crash_kexec __crash_kexec machine_kexec machine_crash_shutdown
          crash_setup_regs die __die die_body oops_end oops_exit oops_may_print die_kernel_fault page_fault_oops
          no_context __do_kernel_fault kernel_stack_overflow panic_saved_regs panic_bad_stack make_task_dead
          disabled_wait smp_send_stop smp_stop_cpu crash_ipi_callback
          """);

  /** What everybody calls and any of whose callers may have given it something wrong. */
  private static final NameSet HELPER =
      NameSet.of(
          """
          _raw_* __raw_* do_raw_* raw_spin_* spin_* rt_spin_* rt_read_* rt_write_* read_lock* write_lock* read_unlock*
          write_unlock* queued_* native_queued_* __pv_queued_* pv_queued_* rwlock_* qrwlock_*
          mutex_* __mutex_* ww_mutex_* __ww_mutex_* rt_mutex_* __rt_mutex_* rtmutex_*
          down down_* __down* up up_* __up* rwsem_* __rwsem_* rwbase_* percpu_down_* percpu_up_* __percpu_down_*
          percpu_rwsem_wait ldsem_* __ldsem_* optimistic_spin* osq_lock
          schedule schedule_timeout* schedule_preempt_* schedule_hrtimeout* msleep* ssleep usleep_range* schedule_idle schedule_rtlock __schedule* preempt_schedule* __preempt_* context_switch __cond_resched _cond_resched
          wait_for_common __wait_for_common wait_for_completion* do_wait_for_common __wait_for_completion
          wait_on_bit* __wait_on_bit* out_of_line_wait_on_bit* bit_wait* io_schedule* __io_schedule*
          wait_on_page_bit* wait_on_page_* folio_wait_* __folio_lock* folio_lock* __lock_page* lock_page*
          prepare_to_wait* finish_wait __wake_up* wake_up* try_to_wake_up default_wake_function ttwu_*
          autoremove_wake_function swake_up* complete complete_all __init_waitqueue_head
          __queue_work queue_work_on queue_delayed_work_on __queue_delayed_work __flush_work start_flush_work
          flush_work __cancel_work* cancel_work* cancel_delayed_work* flush_delayed_work
          mem*_erms memcpy* memset* memmove* memcmp* memchr* memscan* memdup_* kmemdup* vmemdup_*
          __memcpy* __memset* __memmove* __pi_mem* __pi_str* str* __str* kstrdup* kvasprintf* kasprintf*
          *snprintf vsprintf sprintf string number pointer *printf string_nocheck crc_* crc16* crc32* sort* bsearch
          copy_from_user* copy_to_user* _copy_* __copy_* copy_user_* raw_copy_* csum_* clear_user* __clear_user*
          copyin copyout copy_page_* _inline_copy_* get_user* put_user* __get_user* __put_user* instrument_*
          do_strncpy_from_user strncpy_from_user strnlen_user __probe_kernel_* probe_kernel_*
          check_copy_size memzero_* memcpy_*
          kmalloc* __kmalloc* kzalloc* kcalloc* kvmalloc* kvzalloc* kmem_cache_* __kmem_cache_* krealloc* kvrealloc*
          slab_* set_freepointer ___slab_alloc __slab_* __do_kmalloc* ____cache_alloc* cache_alloc* __cache_alloc* kfree* __kfree
          ___cache_free __cache_free __do_cache_free cache_free* cache_grow* cache_flusharray kvfree* vfree* __vfree
          vmalloc* __vmalloc* vzalloc* __vmap* kmemleak_* create_object* __create_object*
          free_pages* __free_pages* free_unref_page* free_pcppages* __free_one_page free_pcp*
          alloc_pages* __alloc_pages* __alloc_frozen* alloc_frozen* vma_alloc_folio* get_free_page* __get_free_pages
          get_page_from_freelist __alloc_skb* alloc_skb* rmqueue* prep_new_page post_alloc_hook __folio_alloc* folio_alloc*
          qlist_* quarantine_* ksize* __ksize
          new_slab alloc_slab_page allocate_slab discard_slab free_slab put_cpu_partial unfreeze_partials
          list_* __list_* hlist_* __hlist_* llist_* rb_* __rb_* radix_tree_* __radix_tree_* idr_* ida_*
          xa_* xas_* __xa_* mas_* mt_* mtree_* plist_* rhashtable_* __rhashtable_* rht_* __rht_*
          atomic_* atomic64_* arch_atomic* raw_atomic* instrument_atomic* refcount* __refcount* kref_* percpu_ref_*
          test_bit* set_bit clear_bit* __set_bit __clear_bit change_bit test_and_* arch_test_* find_*_bit _find_*_bit bitmap_* __bitmap_*
          cpumask_* nodes_* arch_local_* arch_irq* native_save_fl native_restore_fl native_irq_* native_safe_halt
          __raw_spin_* kobject_* get_device put_device kobj_* kset_*
          skb_put* skb_push* skb_pull* __skb_put* __skb_pull* __skb_push* pskb_* __pskb_*
          rcu_read_* __rcu_read_* rcu_is_watching rcu_dynticks_* rcu_nmi_* rcu_note_* debug_lockdep_rcu_enabled
          local_bh_* __local_bh_* _local_bh_* do_softirq_own_stack arch_static_branch*
          preempt_count_* __preempt_count_* debug_check_* __read_once_* __write_once_* read_word_at_a_time
          seqcount_* read_seqbegin* __seqprop_* write_seq* u64_stats_*
          lookup_object proc_create* proc_register proc_mkdir* _proc_mkdir
          security_* call_*_hook* should_fail* fail_dump __should_failslab
          add_uevent_var uuid_string __cfi_* __ct_user_* context_tracking_*
          jhash* __jhash* hash_long sha1_* sha256_* siphash* __siphash* chacha* crypto_xor
          del_timer* __mod_timer mod_timer* add_timer* timer_delete* __timer_delete* try_to_del_timer_sync
          do_init_timer init_timer_key hrtimer_start* hrtimer_cancel* hrtimer_try_to_cancel
          ktime_get* getnstimeofday* __raw_callee_save* __x86_indirect_thunk_* __x86_return_thunk
          __sanitizer_* __list_lru_* current_* get_current
          fput fput_many fdput __fput_sync
          percpu_counter_* __percpu_counter_* this_cpu_*
          page_ref_* get_page put_page __put_page folio_get folio_put __folio_put try_get_page
          vunmap* __vunmap remove_vm_area iounmap
          nla_* __nla_*
          read_pnet write_pnet sock_net net_generic
          __phys_addr* virt_to_* __virt_to_* __virt_addr_valid
          copy_page_from_iter* copy_page_to_iter* _copy_from_iter*
          tty_lock* tty_ldisc_lock* tty_ldisc_ref* console_lock console_trylock filemap_fdatawait* __filemap_fdatawait* fdatawait_one_bdev
          __filemap_fdatawrite* filemap_write_and_wait* kthread_stop* kthread_park __wait_rcu_gp __wait_on_buffer wait_on_buffer
          *_is_static_object perf_trace_* drain_workqueue destroy_workqueue flush_workqueue __flush_workqueue flush_scheduled_work
          hex_string hex_dump_to_buffer hex_byte_pack __switch_to lock_sock* __lock_sock release_sock __release_sock
          get_device_parent device_add device_del device_unregister device_register device_remove_* device_release* device_create*
          sysfs_* rollback_registered* unregister_netdevice* unregister_netdev usb_kill_* usb_poison_* usb_start_wait_urb usb_control_msg*
          usb_bulk_msg usb_interrupt_msg usb_submit_urb usb_internal_control_msg devres_* devm_* klist_* kill_fasync* send_sigio* ref_tracker_*
          kernel_fpu_begin* iput _atomic_dec_and_lock* atomic_dec_and_* __kobject_* simple_copy_to_iter unlock_page lock_page folio_unlock
          aes_* aesti_* cleanup_srcu_struct srcu_* __srcu_* filemap_alloc_folio* __filemap_get_folio* pagecache_get_page
          page_pool_* __page_pool_* __set_page_owner set_page_owner drop_nlink clear_nlink inc_nlink lock_timer_base
          ___kmalloc_* alloc_page_interleave mark_buffer_dirty fast_dput dput* lock_dev* sock_kmalloc sock_kzalloc* dev_alloc_* __dev_alloc_*
          netdev_alloc_* __netdev_alloc_* alloc_inode sget_userns debug_objects_* copy_from_* copy_to_*
          dpm_sysfs_* device_destroy try_to_grab_pending try_to_del_timer* __try_to_del_timer* insert_work __insert_work task_blocks_on_rt_mutex xts_* ecb_* cbc_* dev_vprintk_emit dev_printk* __dev_printk* _dev_* va_format
          kthread_should_* crypto_* cipher_* skcipher_* blkcipher_* shash_* arch_stack_walk* get_taint
          native_write_msr native_read_msr* crypto_aes_*
          """);

  /** What the CPU enters the kernel by, and what leads away from a system call or interrupt. */
  private static final NameSet ENTRY =
      NameSet.of(
          """
          do_syscall_* entry_* x64_sys_call ia32_sys_call do_int80_* do_fast_syscall_* __do_fast_syscall_* sysenter_* do_SYSENTER_*
          sysret* system_call* tracesys* ret_from_* ret_fast_syscall ret_to_user* __sys_trace* invoke_syscall
          el0_* el0t_* do_el0_* __invoke_syscall __syscall_* syscall_* do_trap_ecall_* __do_syscall
          ret_from_fork* __ret_from_fork kernel_thread* kthread worker_thread process_one_work process_scheduled_works
          smpboot_thread_fn cpu_startup_entry do_idle start_secondary* secondary_startup_* rest_init __switch_to*
          arch_call_rest_init x86_64_start_* kthread_worker_fn
          asm_sysvec_* sysvec_* __sysvec_* apic_timer_interrupt smp_apic_timer_interrupt asm_common_interrupt
          common_interrupt do_IRQ handle_irq* generic_handle_* __handle_domain_irq gic_handle_irq
          """);

  /** What interrupts a function that may have nothing to do with it. */
  private static final NameSet INTERRUPT =
      NameSet.of(
          """
          asm_sysvec_* asm_common_interrupt apic_timer_interrupt smp_apic_timer_interrupt*
          reschedule_interrupt call_function_interrupt call_function_single_interrupt common_interrupt
          ret_from_intr irq_work_interrupt reboot_interrupt retint_kernel
          el1_irq el1h_64_irq el1_interrupt el1h_64_irq_handler __irq_svc asm_exc_nmi end_repeat_nmi nmi
          timer_interrupt decrementer_common* handle_riscv_irq ret_from_exception do_irq
          """);

  /**
   * What runs what interrupts left (Linux kernel/softirq.c), on the way out of one or in a thread,
   * and timers among that, by functions that each compiler puts together in its own way.
   */
  private static final NameSet SOFTIRQ =
      NameSet.of(
          """
          handle_softirqs __do_softirq do_softirq* __irq_exit_rcu irq_exit* run_ksoftirqd invoke_softirq
          call_timer_fn expire_timers __run_timers __run_timer_base run_timer_base run_timer_softirq
          """);

  /**
   * What calls functions that drivers, file systems and protocols gave it: below it a subsystem
   * begins.
   */
  private static final NameSet DISPATCHER =
      NameSet.of(
          """
          do_syscall_* do_int80_* do_fast_syscall_* __do_fast_syscall_* entry_* sysenter_* system_call* tracesys* x64_sys_call ia32_sys_call
          ret_fast_syscall invoke_syscall __invoke_syscall el0_svc* do_el0_svc el0_sync* __sys_trace* syscall_exit_*
          do_trap_ecall_* handle_syscall ret_from_syscall ret_from_fork* __ret_from_fork
          vfs_read* vfs_write* vfs_iter_* vfs_ioctl vfs_fsync* vfs_splice* __vfs_read __vfs_write new_sync_* do_iter_* do_loop_readv_writev* do_readv_writev call_*_iter
          do_vfs_ioctl __se_sys_ioctl __do_sys_ioctl
          __fput ____fput task_work_run do_exit exit_to_usermode_loop exit_to_user_mode_* do_work_pending
          sock_sendmsg* sock_recvmsg* __sock_release sock_release sock_close
          sock_do_ioctl sock_ioctl netlink_rcv_skb netlink_unicast* nfnetlink_rcv* sock_common_* genl_rcv* genl_family_* rtnetlink_rcv*
          netlink_sendmsg netlink_dump __netlink_dump_start genl_lock_dumpit sock_diag_rcv* nf_setsockopt
          compat_sock_ioctl compat_* __compat_* __se_compat_* __ia32_compat_*
          __netif_receive_skb* netif_receive_skb* netif_rx* __netif_rx process_backlog __napi_poll napi_poll net_rx_action napi_complete_done
          __do_softirq handle_softirqs irq_exit* __irq_exit_rcu do_softirq* run_ksoftirqd
          call_timer_fn expire_timers __run_timers run_timer_softirq __hrtimer_run_queues hrtimer_run_softirq
          tasklet_action* process_one_work process_scheduled_works worker_thread kthread kthread_worker_fn
          smpboot_thread_fn cpu_startup_entry do_idle rest_init start_secondary
          __do_fault
          mmap_region __mmap_region do_mmap* vm_mmap_pgoff call_mmap mmap_file
          do_dentry_open path_openat do_filp_open do_sys_open* __do_sys_open*
          notifier_call_chain raw_notifier_call_chain call_netdevice_notifiers* blocking_notifier_call_chain
          rcu_do_batch rcu_core* rcu_process_callbacks invoke_rcu_core
          generic_handle_irq* handle_irq_event* __handle_irq_event_percpu
          do_one_initcall do_init_module kernel_init_freeable
          deactivate_super deactivate_locked_super
          """);

  private static final NameSet LOOKING_ON =
      NameSet.of(
          """
          dump_stack* sched_show_task _sched_show_task nmi_cpu_backtrace* update_process_times hrtimer_interrupt
          tick_sched_* tick_periodic rcu_sched_clock_irq rcu_check_callbacks show_stack* watchdog_timer_fn
          """);

  private static final Pattern SYSCALL =
      Pattern.compile(
          "^(?:__(?:x64|ia32|arm64|s390x?|riscv|powerpc|loongarch|x32|arm)_)(?:compat_)?sys_(\\w{1,100})$");

  private static final Pattern SYSCALL_BODY =
      Pattern.compile(
          "^(?:__(?:se|do)_sys_|__(?:se|do)_compat_sys_|S[yY]S[cC]?_|SYSC_|ksys_|C_SYSC_|compat_SyS_|compat_SYSC_)(\\w{1,100})$");

  private KernelNames() {}

  /** Whether a function is there because something went wrong. */
  public static boolean isReport(String function) {
    return REPORT.contains(function);
  }

  /** Whether a function stops the machine, or is on the way to that. */
  public static boolean isStop(String function) {
    return STOP.contains(function);
  }

  /** Whether a function is no more to blame than whoever called it. */
  public static boolean isHelper(String function) {
    return HELPER.contains(function);
  }

  /** Whether a function is how everything gets into the kernel. */
  public static boolean isEntry(String function) {
    return ENTRY.contains(function);
  }

  /** Whether a function is where threads of the kernel begin. */
  static boolean isThread(String function) {
    return function.equals("kthread") || function.contains("ret_from_fork");
  }

  /** Whether a function is of the way of an interrupt to its handler. */
  static boolean isInterrupt(String function) {
    return INTERRUPT.contains(function);
  }

  /**
   * Whether what is below a function on a stack is what an interrupt came upon, or the thread that
   * does what interrupts left.
   */
  static boolean isBelowInterrupts(String function) {
    return isInterrupt(function) || SOFTIRQ.contains(function);
  }

  /** Whether a function finds out what a CPU or task is busy with. */
  static boolean isLookingOn(String function) {
    return LOOKING_ON.contains(function);
  }

  /** Whether a function calls what others gave it. */
  static boolean isDispatcher(String function) {
    return DISPATCHER.contains(function);
  }

  /** Whether a function says nothing of where a failure was. */
  static boolean isCommon(String function) {
    return isReport(function) || isHelper(function);
  }

  /**
   * A function's name as people know it: that of the system call that it is, on any architecture.
   */
  public static String known(String function) {
    Matcher call = SYSCALL.matcher(function);
    if (call.matches()) {
      return "sys_" + call.group(1);
    }
    Matcher body = SYSCALL_BODY.matcher(function);
    return body.matches() ? body.group(1) : function;
  }
}
