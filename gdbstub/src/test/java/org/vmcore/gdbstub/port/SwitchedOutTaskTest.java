package org.vmcore.gdbstub.port;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.vmcore.arch.MadeUpTask;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.port.arm.ArmPort;
import org.vmcore.gdbstub.port.arm64.Arm64Port;
import org.vmcore.gdbstub.port.i386.I386Port;
import org.vmcore.gdbstub.port.ppc64.Ppc64Port;
import org.vmcore.gdbstub.port.s390x.S390Port;
import org.vmcore.gdbstub.port.x86_64.X86Port;

/**
 * Where kernels of different ages leave the registers of a task that they switch away from. Those
 * of today are held against real dumps; what has changed is made up here, by the kernel's sources.
 */
class SwitchedOutTaskTest {
  private static void has(RegisterValues registers, String name, long value) {
    assertThat(registers.value(name)).as(name).hasValue(value);
  }

  /** {@code push rbp, rbx, r12 .. r15} onto the return address. */
  @Test
  void x86PushesCalleeSavedRegisters() {
    MadeUpTask task =
        new MadeUpTask()
            .member("thread.sp", 0x1000)
            .words(0x1000, 8, 0x15, 0x14, 0x13, 0x12, 0xb, 0xb9, 0xffffffff81000000L);
    RegisterValues registers = new X86Port().switchedOut(ByteOrder.LITTLE_ENDIAN, task);
    has(registers, "r15", 0x15);
    has(registers, "r12", 0x12);
    has(registers, "rbx", 0xb);
    has(registers, "rbp", 0xb9);
    has(registers, "rip", 0xffffffff81000000L);
    has(registers, "rsp", 0x1038);
    assertThat(registers.value("rax")).isEmpty();
  }

  /** Some kernels pushed the flags last; the type tells. */
  @Test
  void x86FindsRegistersBehindTheFlags() {
    MadeUpTask task =
        new MadeUpTask()
            .member("thread.sp", 0x1000)
            .words(0x1000, 8, 0x246, 0x15, 0x14, 0x13, 0x12, 0xb, 0xb9, 0xffffffff81000000L);
    task.offset("struct inactive_task_frame.r15", 8L);
    task.offset("struct inactive_task_frame.bx", 40L);
    RegisterValues registers = new X86Port().switchedOut(ByteOrder.LITTLE_ENDIAN, task);
    has(registers, "r15", 0x15);
    has(registers, "rbx", 0xb);
    has(registers, "rip", 0xffffffff81000000L);
    has(registers, "rsp", 0x1040);
  }

  /** switch_to() of arch/x86/include/asm/system.h in Linux 2.6.32: pushf, push rbp, then inline. */
  @Test
  void x86OnceWentOnAtALabel() {
    MadeUpTask task = new MadeUpTask().member("thread.sp", 0x1000).words(0x1000, 8, 0xb9, 0x246);
    task.symbol("thread_return", 0xffffffff81777777L);
    RegisterValues registers = new X86Port().switchedOut(ByteOrder.LITTLE_ENDIAN, task);
    has(registers, "rbp", 0xb9);
    has(registers, "eflags", 0x246);
    has(registers, "rsp", 0x1000);
    has(registers, "rip", 0xffffffff81777777L);
    assertThat(registers.value("rbx")).isEmpty();
  }

  /** kthreadd on a machine of Linux 3.10, whose stack holds the flags, and one of 4.4. */
  @Test
  void x86OnceWentOnBehindACallInline() {
    for (long second : new long[] {0x46, 0xffff8800000509c0L}) {
      MadeUpTask task =
          new MadeUpTask()
              .member("thread.sp", 0xffff880000049e00L)
              .words(0xffff880000049e00L, 8, 0xffff880000049f08L, second);
      task.symbol("__switch_to", 0xffffffff81000740L);
      task.symbol("__schedule", 0xffffffff811c8400L);
      byte[] code = new byte[0x300];
      ByteBuffer.wrap(code)
          .order(ByteOrder.LITTLE_ENDIAN)
          .put(0x2b8, (byte) 0xe8)
          .putInt(0x2b9, (int) (0xffffffff81000740L - 0xffffffff811c86bdL));
      task.code(0xffffffff811c8400L, code);
      RegisterValues registers = new X86Port().switchedOut(ByteOrder.LITTLE_ENDIAN, task);
      has(registers, "rip", 0xffffffff811c86bdL);
      has(registers, "rsp", 0xffff880000049e00L);
      has(registers, "rbp", 0xffff880000049f08L);
      assertThat(registers.value("eflags").isPresent()).isEqualTo(second == 0x46);
    }
  }

  @Test
  void i386KeepsWhereToGoOnInTheFrameOrOnceInTheTask() {
    MadeUpTask now =
        new MadeUpTask()
            .member("thread.sp", 0x1000)
            .words(0x1000, 4, 0x246, 0x51, 0xd1, 0xb, 0xb9, 0xc1000000L);
    RegisterValues registers = new I386Port().switchedOut(ByteOrder.LITTLE_ENDIAN, now);
    has(registers, "eflags", 0x246);
    has(registers, "esi", 0x51);
    has(registers, "edi", 0xd1);
    has(registers, "ebp", 0xb9);
    has(registers, "eip", 0xc1000000L);
    has(registers, "esp", 0x1018);

    MadeUpTask then =
        new MadeUpTask()
            .member("thread.sp", 0x1000)
            .member("thread.ip", 0xc1777777L)
            .words(0x1000, 4, 0xb9, 0x246);
    registers = new I386Port().switchedOut(ByteOrder.LITTLE_ENDIAN, then);
    has(registers, "ebp", 0xb9);
    has(registers, "eip", 0xc1777777L);
    has(registers, "esp", 0x1000);
  }

  /** gdb unwinds nothing where a register of its pauth feature is unavailable. */
  @Test
  void arm64HasNoBitsOfReturnAddressesToMask() {
    MadeUpTask task = new MadeUpTask().member("thread.cpu_context.pc", 0xffff800008000000L);
    RegisterValues registers = new Arm64Port().switchedOut(ByteOrder.LITTLE_ENDIAN, task);
    has(registers, "pc", 0xffff800008000000L);
    has(registers, "x30", 0xffff800008000000L);
    has(registers, "pauth_cmask", 0);
    has(registers, "pauth_dmask", 0);
  }

  /** arm's thread_info once was at the start of the stack. */
  @Test
  void armFindsItsContextInTheStackToo() {
    MadeUpTask task = new MadeUpTask().member("stack", 0x8000);
    for (String register : new String[] {"r4", "r5", "r6", "r7", "r8", "r9", "sl", "fp"}) {
      task.offset("struct thread_info.cpu_context." + register, 0x40L);
    }
    task.offset("struct thread_info.cpu_context.sp", 0x44L);
    task.offset("struct thread_info.cpu_context.pc", 0x48L);
    task.words(0x8040, 4, 0x4, 0x9f00, 0xc0100001L);
    RegisterValues registers = new ArmPort().switchedOut(ByteOrder.LITTLE_ENDIAN, task);
    has(registers, "r4", 4);
    has(registers, "sp", 0x9f00);
    // An odd address is Thumb code.
    has(registers, "pc", 0xc0100000L);
    has(registers, "cpsr", 0x33);
  }

  /** A frame that is not packed: the back chain first, r6 to r15 from 48 on. */
  @Test
  void s390FramesArePackedOrNot() {
    long[] saved = {6, 7, 8, 9, 10, 11, 12, 13, 0x100014, 0x5000};
    for (long at : new long[] {48, 72}) {
      MadeUpTask task = new MadeUpTask().member("thread.ksp", 0x5000).words(0x5000 + at, 8, saved);
      RegisterValues registers = new S390Port().switchedOut(ByteOrder.BIG_ENDIAN, task);
      has(registers, "r6", 6);
      has(registers, "r15", 0x5000);
      has(registers, "pswa", 0x100014);
    }
  }

  /** The registers end where the caller's frame begins, whatever lies before them. */
  @Test
  void ppcFindsRegistersFromTheBackChain() {
    for (long overhead : new long[] {112, 48}) {
      long caller = 0x5000 + overhead + 368;
      MadeUpTask task = new MadeUpTask().member("thread.ksp", 0x5000).words(0x5000, 8, caller);
      task.size("struct pt_regs", 368L);
      task.words(0x5000 + overhead + 14 * 8, 8, 0x14);
      task.words(0x5000 + overhead + 256, 8, 0xc000000000010000L);
      RegisterValues registers = new Ppc64Port().switchedOut(ByteOrder.LITTLE_ENDIAN, task);
      has(registers, "r14", 0x14);
      has(registers, "r1", caller);
      has(registers, "pc", 0xc000000000010000L);
    }
  }

  @Test
  void whatCannotBeReadIsUnavailable() {
    for (LinuxPort port : LinuxPorts.ALL) {
      Architecture architecture = port.architecture();
      RegisterValues registers = port.switchedOut(architecture.usualByteOrder(), new MadeUpTask());
      assertThat(registers.value(architecture.programCounter())).as(architecture.name()).isEmpty();
    }
  }
}
