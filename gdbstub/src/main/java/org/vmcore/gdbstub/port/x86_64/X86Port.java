package org.vmcore.gdbstub.port.x86_64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.x86_64.X86_64;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.mm.AddressArea;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.port.api.FunctionCode;
import org.vmcore.gdbstub.port.api.InterruptFlag;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.port.api.MemoryOperand;
import org.vmcore.gdbstub.port.api.OwnStack;
import org.vmcore.gdbstub.port.api.PointerTypes;
import org.vmcore.gdbstub.port.flow.CodeReader;
import org.vmcore.gdbstub.port.flow.PointerFlow;
import org.vmcore.gdbstub.port.x86.FramePointers;
import org.vmcore.gdbstub.port.x86.X86Calls;
import org.vmcore.gdbstub.port.x86.X86Regs;

/** Linux on x86-64. */
public final class X86Port implements LinuxPort {
  private static final Architecture ARCHITECTURE = new X86_64();
  private static final CodeReader CODE = new X86Steps();
  private static final String FRAME = "struct inactive_task_frame";

  /** Behind r15 to r12, where no types tell. */
  private static final long BX_IN_FRAME = 32;

  /** The functions that a switch_to() that is inline can be in. */
  private static final List<String> SCHEDULERS =
      List.of("__schedule", "schedule", "context_switch");

  private static final int MAX_SCHEDULER = 8 << 10;

  @Override
  public List<Frame> exceptionFrames(LinuxKernel kernel, long start, long length) {
    return new ExceptionFrames(kernel).on(start, length);
  }

  @Override
  public List<OwnStack> ownStacks(LinuxKernel kernel, List<Integer> cpus) {
    return CpuStacks.of(kernel, cpus);
  }

  @Override
  public Architecture architecture() {
    return ARCHITECTURE;
  }

  @Override
  public Unwinder unwinder(LinuxKernel kernel) {
    KernelText text = new KernelText(kernel);
    FramePointers pointers = FramePointers.x86_64(kernel, text);
    return kernel.orc().kernel().isEmpty() ? pointers : new OrcUnwinder(kernel, text, pointers);
  }

  /**
   * {@code thread.sp} points at what {@code __switch_to_asm} has pushed, a {@code struct
   * inactive_task_frame} that ends with where it returns to (Linux arch/x86/include/asm/
   * switch_to.h), which once began with the flags. Before Linux 4.9 (commit 0100301bfdf5,
   * "sched/x86: Rewrite the switch_to() code") switch_to() was inline: it pushed the flags, until
   * 4.2 (commit 2c7577a75837, "sched/x86_64: Don't save flags on context switch"), and rbp, and
   * went on behind the call of {@code __switch_to}, which until 2.6.32 has the label {@code
   * thread_return}.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(ARCHITECTURE.registers(), order, task);
    OptionalLong sp = task.member("thread.sp");
    if (sp.isEmpty()) {
      return saved.build();
    }
    long frame = sp.getAsLong();
    OptionalLong inline = inlineSwitch(task);
    if (inline.isPresent()) {
      OptionalLong flags = task.word(frame + Long.BYTES);
      if (flags.isPresent() && X86Regs.areFlags(flags.getAsLong())) {
        saved.set("eflags", flags);
      }
      return saved.word("rbp", frame).set("rsp", sp).set("rip", inline).build();
    }
    long bx = task.offset(FRAME, "bx").orElse(BX_IN_FRAME);
    long r15 = task.offset(FRAME, "r15").orElse(bx - 4 * Long.BYTES);
    return saved
        .word("r15", frame + r15)
        .word("r14", frame + r15 + Long.BYTES)
        .word("r13", frame + r15 + 2 * Long.BYTES)
        .word("r12", frame + r15 + 3 * Long.BYTES)
        .word("rbx", frame + bx)
        .word("rbp", frame + bx + Long.BYTES)
        .word("rip", frame + bx + 2 * Long.BYTES)
        .set("rsp", OptionalLong.of(frame + bx + 3 * Long.BYTES))
        .build();
  }

  /** Where a task goes on whose kernel switches to it inline. */
  private static OptionalLong inlineSwitch(SwitchedOutTask task) {
    OptionalLong label = task.symbol("thread_return");
    OptionalLong callee = task.symbol("__switch_to");
    if (label.isPresent() || callee.isEmpty() || task.symbol("__switch_to_asm").isPresent()) {
      return label;
    }
    for (String name : SCHEDULERS) {
      OptionalLong start = task.symbol(name);
      byte[] code = start.isPresent() ? task.bytes(start.getAsLong(), MAX_SCHEDULER) : new byte[0];
      OptionalLong behind = X86Calls.behind(code, start.orElse(0), callee.getAsLong());
      if (behind.isPresent()) {
        return behind;
      }
    }
    return OptionalLong.empty();
  }

  @Override
  public String interruptStackName() {
    return "IRQ";
  }

  @Override
  public List<AddressArea> areas(LinuxKernel kernel) {
    return X86Areas.of(kernel);
  }

  @Override
  public boolean dividesModules() {
    return true;
  }

  @Override
  public boolean pushesReturns() {
    return true;
  }

  @Override
  public Optional<MemoryOperand> operand(byte[] code) {
    return Operands.of(code);
  }

  @Override
  public PointerTypes pointerTypes(FunctionCode function) {
    return new PointerFlow(function, CODE);
  }

  /** EFLAGS.IF (Intel SDM vol. 1, 3.4.3.3). */
  @Override
  public Optional<InterruptFlag> interruptFlag() {
    return Optional.of(X86Regs.INTERRUPTS);
  }

  /**
   * As the last four bytes of an instruction: a number that is extended with its sign, or the
   * distance from the next instruction (Intel SDM vol. 2, 2.2.1.3 and 2.2.1.6).
   */
  @Override
  public int references(byte[] code, long start, long address) {
    ByteBuffer bytes = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    int count = 0;
    for (int at = 0; at + Integer.BYTES <= code.length; at++) {
      long number = bytes.getInt(at);
      count += number == address || start + at + Integer.BYTES + number == address ? 1 : 0;
    }
    return count;
  }
}
