package org.vmcore.gdbstub.demo;

import java.util.List;

/**
 * The functions of the demo kernel.
 *
 * <p>The names are those that people know from real backtraces; the code is our own and does just
 * enough to read sensibly in a disassembler. A program writes to a device whose driver was never
 * given its device structure; meanwhile the other CPU has nothing to do.
 *
 * <pre>
 *   entry_SYSCALL_64 -> do_syscall_64 -> ksys_write -> vfs_write -> demo_driver_write -> demo_crash
 *   secondary_startup_64 -> start_secondary -> cpu_startup_entry -> do_idle -> default_idle
 *   startup_64 -> start_kernel -> rest_init -> cpu_startup_entry -> do_idle -> default_idle
 * </pre>
 *
 * Opcodes: Intel SDM vol. 2.
 */
final class DemoCode {
  private DemoCode() {}

  /** How a write reached the driver, outermost function first. */
  static final List<String> WRITE_PATH =
      List.of(
          "entry_SYSCALL_64",
          "do_syscall_64",
          "ksys_write",
          "vfs_write",
          "demo_driver_write",
          "demo_crash");

  /** How the boot CPU came to idle, outermost function first. */
  static final List<String> BOOT_IDLE_PATH =
      List.of(
          "startup_64",
          "start_kernel",
          "rest_init",
          "cpu_startup_entry",
          "do_idle",
          "default_idle");

  /** How a secondary CPU came to idle, outermost function first. */
  static final List<String> SECONDARY_IDLE_PATH =
      List.of(
          "secondary_startup_64",
          "start_secondary",
          "cpu_startup_entry",
          "do_idle",
          "default_idle");

  /** Offset of {@code f_op} in the demo's file structure; vfs_write loads from there. */
  static final int FILE_F_OP = 0x28;

  /** Offset of the member of the device structure that is stored to. */
  static final int DEVICE_LAST_COUNT = 0x10;

  /** Offset in {@code cpu_tss_rw} of the slot that holds the user's stack pointer meanwhile. */
  static final int TSS_USER_RSP = 20;

  static List<MachineCode> functions() {
    return List.of(
        MachineCode.global("secondary_startup_64")
            .op("31 ed", "xor %ebp,%ebp")
            .call("start_secondary")
            .op("0f 0b", "ud2"),
        MachineCode.global("startup_64")
            .op("31 ed", "xor %ebp,%ebp")
            .call("start_kernel")
            .op("0f 0b", "ud2"),
        MachineCode.global("start_kernel").enter(0).call("rest_init").op("0f 0b", "ud2"),
        MachineCode.global("rest_init")
            .enter(0)
            .op("bf c9 00 00 00", "mov $0xc9,%edi")
            .call("cpu_startup_entry")
            .op("0f 0b", "ud2"),
        MachineCode.local("start_secondary")
            .enter(0)
            .op("bf c9 00 00 00", "mov $0xc9,%edi")
            .call("cpu_startup_entry")
            .op("0f 0b", "ud2"),
        MachineCode.global("cpu_startup_entry")
            .enter(0x10)
            .op("89 7d fc", "mov %edi,-0x4(%rbp)")
            .call("do_idle")
            .op("eb f9", "jmp cpu_startup_entry+0xb"),
        MachineCode.local("do_idle")
            .enter(0x10)
            .op("65 8b 04 25 {=cpu_number}", "mov %gs:cpu_number,%eax")
            .op("89 45 fc", "mov %eax,-0x4(%rbp)")
            .call("default_idle")
            .op("48 8b 05 {jiffies}", "mov jiffies(%rip),%rax")
            .leave(),
        MachineCode.global("default_idle")
            .enter(0)
            .op("fb", "sti")
            .op("f4", "hlt")
            .stopsHere()
            .leave(),
        entrySyscall(),
        MachineCode.global("do_syscall_64")
            .enter(0x10)
            .op("48 89 7d f8", "mov %rdi,-0x8(%rbp)")
            .op("48 89 75 f0", "mov %rsi,-0x10(%rbp)")
            .op("48 8b 57 60", "mov 0x60(%rdi),%rdx")
            .op("48 8b 77 68", "mov 0x68(%rdi),%rsi")
            .op("48 8b 7f 70", "mov 0x70(%rdi),%rdi")
            .call("ksys_write")
            .op("48 8b 7d f8", "mov -0x8(%rbp),%rdi")
            .op("48 89 47 50", "mov %rax,0x50(%rdi)")
            .leave(),
        MachineCode.global("ksys_write")
            .enter(0x20)
            .op("89 7d f4", "mov %edi,-0xc(%rbp)")
            .op("48 c7 45 f8 00 00 00 00", "movq $0x0,-0x8(%rbp)")
            .op("48 8b 3d {demo_file}", "mov demo_file(%rip),%rdi")
            .op("48 8d 4d f8", "lea -0x8(%rbp),%rcx")
            .call("vfs_write")
            .leave(),
        MachineCode.global("vfs_write")
            .enter(0x10)
            .op("48 89 7d f8", "mov %rdi,-0x8(%rbp)")
            .op("48 8b 47 28", "mov 0x28(%rdi),%rax")
            .op("ff 50 18", "call *0x18(%rax)")
            .returnsFrom("demo_driver_write")
            .leave(),
        MachineCode.local("demo_driver_write")
            .enter(0x20)
            .op("48 89 75 f8", "mov %rsi,-0x8(%rbp)")
            .op("48 89 55 f0", "mov %rdx,-0x10(%rbp)")
            .op("48 8b 3d {demo_device}", "mov demo_device(%rip),%rdi")
            .op("48 89 d6", "mov %rdx,%rsi")
            .call("demo_crash")
            .op("48 8b 45 f0", "mov -0x10(%rbp),%rax")
            .leave(),
        MachineCode.local("demo_crash")
            .enter(0)
            .stopsHere()
            .op("48 89 77 10", "mov %rsi,0x10(%rdi)")
            .leave());
  }

  /**
   * The system call entry: it saves the user's registers in the order of {@code struct pt_regs}
   * (Linux arch/x86/include/asm/ptrace.h), which has no return address and no frame pointer.
   */
  private static MachineCode entrySyscall() {
    return MachineCode.global("entry_SYSCALL_64")
        .op("0f 01 f8", "swapgs")
        .op("65 48 89 24 25 {=cpu_tss_rw+20}", "mov %rsp,%gs:cpu_tss_rw+0x14")
        .op("65 48 8b 24 25 {=cpu_current_top_of_stack}", "mov %gs:cpu_current_top_of_stack,%rsp")
        .op("6a 2b", "push $0x2b")
        .op("65 ff 34 25 {=cpu_tss_rw+20}", "push %gs:cpu_tss_rw+0x14")
        .op("41 53", "push %r11")
        .op("6a 33", "push $0x33")
        .op("51", "push %rcx")
        .op("50", "push %rax")
        .op("57", "push %rdi")
        .op("56", "push %rsi")
        .op("52", "push %rdx")
        .op("51", "push %rcx")
        .op("6a da", "push $0xffffffffffffffda")
        .op("41 50", "push %r8")
        .op("41 51", "push %r9")
        .op("41 52", "push %r10")
        .op("41 53", "push %r11")
        .op("53", "push %rbx")
        .op("55", "push %rbp")
        .op("41 54", "push %r12")
        .op("41 55", "push %r13")
        .op("41 56", "push %r14")
        .op("41 57", "push %r15")
        .op("31 ed", "xor %ebp,%ebp")
        .op("48 89 e7", "mov %rsp,%rdi")
        .op("48 63 f0", "movslq %eax,%rsi")
        .call("do_syscall_64")
        .op("48 8b 8c 24 80 00 00 00", "mov 0x80(%rsp),%rcx")
        .op("4c 8b 9c 24 90 00 00 00", "mov 0x90(%rsp),%r11")
        .op("48 8b 44 24 50", "mov 0x50(%rsp),%rax")
        .op("48 8b a4 24 98 00 00 00", "mov 0x98(%rsp),%rsp")
        .op("0f 01 f8", "swapgs")
        .op("48 0f 07", "sysretq");
  }
}
