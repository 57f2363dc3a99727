package org.vmcore.gdbstub.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What one CPU was doing when the machine stopped.
 *
 * @param task run-time address of its task structure
 * @param registers by gdb's names; those that are not there are 0
 * @param stack the task's kernel stack
 * @param backtrace function names, innermost first
 */
record CpuScene(
    int pid, long task, Registers registers, KernelStack stack, List<String> backtrace) {
  private static final long KERNEL_CS = 0x10; // Linux arch/x86/include/asm/segment.h
  private static final long KERNEL_DS = 0x18;
  private static final long USER_DS = 0x2b;
  private static final long USER_CS = 0x33;

  private static final long EFLAGS = 0x246; // IF, ZF, PF

  /** EFLAGS as a fault pushes them: with RF (Intel SDM vol. 1, 3.4.3.3). */
  private static final long FAULT_EFLAGS = 0x10246;

  /**
   * Page-fault error code: a write by the kernel to a page that is not there (SDM vol. 3A, 4.7).
   */
  private static final long WRITE_FAULT = 2;

  private static final int DEVICE_FD = 3;
  private static final long SYS_WRITE = 1; // Linux arch/x86/entry/syscalls/syscall_64.tbl
  private static final long CPUHP_AP_ONLINE_IDLE = 0xc9; // as the demo's code has it

  /** What the program wrote. */
  static final String WRITTEN = "hello, kernel\n";

  /** What the program does, over and over: {@code mov $1,%eax; syscall; jmp}. */
  static final byte[] USER_PROGRAM = {
    (byte) 0xb8, 1, 0, 0, 0, 0x0f, 0x05, (byte) 0xeb, (byte) 0xf7
  };

  private static final int AFTER_SYSCALL = 7;

  /** The program wrote to the device: the scene of the crash. */
  static CpuScene crashed(AddressPlan plan, int pid, long task, KernelStack stack) {
    Registers user = userRegisters();
    KernelImage image = plan.image();
    pushUserRegisters(stack, user);
    long regs = stack.rsp();
    long file = plan.direct(AddressPlan.FILE);
    long count = user.get("rdx");
    Path path = new Path(plan, stack, DemoCode.WRITE_PATH);

    path.callNext(); // do_syscall_64(regs, nr)
    stack.local(-0x8, regs).local(-0x10, SYS_WRITE);
    path.callNext(); // ksys_write(fd, buf, count)
    stack.localInt(-0xc, DEVICE_FD).local(-0x8, 0);
    long position = stack.rbp() - 0x8;
    path.callNext(); // vfs_write(file, buf, count, &position)
    stack.local(-0x8, file);
    path.callNext(); // demo_driver_write(file, buf, count, &position)
    stack.local(-0x8, user.get("rsi")).local(-0x10, count);
    path.callNext(); // demo_crash(device, count)

    Registers registers = user.copy();
    registers.set("rax", plan.runTime("demo_fops")); // vfs_write loaded it
    registers.set("rcx", position);
    registers.set("rsi", count);
    registers.set("rdi", 0); // demo_device
    registers.set("orig_rax", WRITE_FAULT);
    registers.set("rip", plan.runTime("demo_crash") + image.function("demo_crash").stopOffset());
    putKernelMode(registers, stack, FAULT_EFLAGS);
    return new CpuScene(pid, task, registers, stack, path.backtrace());
  }

  /** Nothing to do. */
  static CpuScene idle(AddressPlan plan, int cpu, long task, KernelStack stack) {
    Path path =
        new Path(plan, stack, cpu == 0 ? DemoCode.BOOT_IDLE_PATH : DemoCode.SECONDARY_IDLE_PATH);
    while (path.hasNext()) {
      switch (path.callNext()) {
        case "cpu_startup_entry" -> stack.localInt(-0x4, (int) CPUHP_AP_ONLINE_IDLE);
        case "do_idle" -> stack.localInt(-0x4, cpu);
        default -> {}
      }
    }
    Registers registers = new Registers();
    registers.set("rax", cpu); // do_idle loaded cpu_number
    registers.set("rdi", CPUHP_AP_ONLINE_IDLE);
    registers.set("orig_rax", -1);
    registers.set(
        "rip", plan.runTime("default_idle") + plan.image().function("default_idle").stopOffset());
    putKernelMode(registers, stack, EFLAGS);
    return new CpuScene(0, task, registers, stack, path.backtrace());
  }

  /** In the program itself, just back from a system call. */
  static CpuScene userMode(int pid, long task, KernelStack stack) {
    Registers registers = userRegisters();
    registers.set("orig_rax", -1);
    return new CpuScene(pid, task, registers, stack, List.of());
  }

  boolean isUserMode() {
    return (registers.get("cs") & 3) == 3; // privilege level (SDM vol. 3A, 5.5)
  }

  private static Registers userRegisters() {
    Registers registers = new Registers();
    registers.set("rax", SYS_WRITE);
    registers.set("rdi", DEVICE_FD);
    registers.set("rsi", AddressPlan.USER_DATA);
    registers.set("rdx", WRITTEN.length());
    registers.set("rip", AddressPlan.USER_CODE + AFTER_SYSCALL);
    registers.set("rcx", AddressPlan.USER_CODE + AFTER_SYSCALL); // SYSCALL (SDM vol. 2B)
    registers.set("r11", EFLAGS);
    registers.set("eflags", EFLAGS);
    registers.set("rsp", AddressPlan.USER_STACK_POINTER);
    registers.set("rbp", AddressPlan.USER_STACK + 0xe40);
    registers.set("rbx", 0xb0b0b0b0L);
    registers.set("r8", 0x808L);
    registers.set("r9", 0x909L);
    registers.set("r10", 0x1010L);
    registers.set("r12", 0x1212L);
    registers.set("r13", 0x1313L);
    registers.set("r14", 0x1414L);
    registers.set("r15", 0x1515L);
    registers.set("cs", USER_CS);
    registers.set("ss", USER_DS);
    registers.set("fs_base", 0x7f10a5b40740L);
    return registers;
  }

  /** {@code struct pt_regs}, from its end, as entry_SYSCALL_64 pushes it. */
  private static void pushUserRegisters(KernelStack stack, Registers user) {
    stack.push(USER_DS).push(user.get("rsp")).push(EFLAGS).push(USER_CS);
    stack.push(user.get("rip")).push(SYS_WRITE);
    for (String register : List.of("rdi", "rsi", "rdx", "rcx")) {
      stack.push(user.get(register));
    }
    stack.push(-38L); // -ENOSYS, until there is a result
    for (String register :
        List.of("r8", "r9", "r10", "r11", "rbx", "rbp", "r12", "r13", "r14", "r15")) {
      stack.push(user.get(register));
    }
  }

  private static void putKernelMode(Registers registers, KernelStack stack, long eflags) {
    registers.set("rsp", stack.rsp());
    registers.set("rbp", stack.rbp());
    registers.set("cs", KERNEL_CS);
    registers.set("ss", KERNEL_DS);
    registers.set("eflags", eflags);
  }

  /** Calls one function after another. */
  private static final class Path {
    private final AddressPlan plan;
    private final KernelStack stack;
    private final List<String> functions;
    private int current;

    Path(AddressPlan plan, KernelStack stack, List<String> functions) {
      this.plan = plan;
      this.stack = stack;
      this.functions = functions;
    }

    boolean hasNext() {
      return current + 1 < functions.size();
    }

    String callNext() {
      String caller = functions.get(current++);
      String callee = functions.get(current);
      KernelImage image = plan.image();
      stack.call(
          plan.runTime(caller) + image.function(caller).returnOffset(callee),
          image.function(callee));
      return callee;
    }

    List<String> backtrace() {
      List<String> innermostFirst = new ArrayList<>(functions);
      Collections.reverse(innermostFirst);
      return innermostFirst;
    }
  }
}
