package org.vmcore.gdbstub.port.x86_64;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.port.x86.X86Regs;

/**
 * What on a stack looks like the registers that an exception, an interrupt or a system call saved:
 * segments as Linux uses them (arch/x86/include/asm/segment.h), flags that can be, and addresses of
 * the half that the code segment is for.
 */
final class ExceptionFrames {
  private static final long KERNEL_CODE = 0x10;
  private static final long KERNEL_DATA = 0x18;
  private static final long USER_CODE = 0x33;
  private static final long USER_CODE_32 = 0x23;
  private static final long USER_DATA = 0x2b;

  /** Intel SDM vol. 1, 3.4.3: bits of EFLAGS that are always 0, and the one that is always 1. */
  private static final long FLAGS_ZERO = 0xffff_ffff_ffc0_8028L;

  private static final long FLAGS_ONE = 2;

  private final KernelText text;
  private final PtRegs layout;

  ExceptionFrames(LinuxKernel kernel) {
    this.text = new KernelText(kernel);
    this.layout = X86Regs.all64(kernel.memory());
  }

  /** Each is {@link Frame.Kind#INTERRUPTED} or {@link Frame.Kind#USER}, by its address. */
  List<Frame> on(long start, long length) {
    List<Frame> found = new ArrayList<>();
    for (long at = start; at + layout.bytes() <= start + length; at += Long.BYTES) {
      Optional<FrameRegisters> registers = layout.read(at);
      if (registers.isPresent()) {
        Optional<Frame.Kind> kind = kind(registers.get());
        if (kind.isPresent()) {
          long pc = registers.get().get("rip");
          found.add(new Frame(kind.get(), at, pc, registers.get()));
        }
      }
    }
    return found;
  }

  private Optional<Frame.Kind> kind(FrameRegisters registers) {
    long flags = registers.get("eflags");
    long code = registers.get("cs") & 0xffff;
    long data = registers.get("ss") & 0xffff;
    long rip = registers.get("rip");
    long rsp = registers.get("rsp");
    if ((flags & FLAGS_ZERO) != 0 || (flags & FLAGS_ONE) == 0) {
      return Optional.empty();
    }
    if (code == KERNEL_CODE && (data == KERNEL_DATA || data == 0)) {
      return rsp < 0 && text.contains(rip) ? Optional.of(Frame.Kind.INTERRUPTED) : Optional.empty();
    }
    boolean user = (code == USER_CODE || code == USER_CODE_32) && data == USER_DATA;
    return user && rip > 0 && rsp > 0 ? Optional.of(Frame.Kind.USER) : Optional.empty();
  }
}
