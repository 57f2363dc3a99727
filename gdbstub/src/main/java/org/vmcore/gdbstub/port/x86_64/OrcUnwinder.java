package org.vmcore.gdbstub.port.x86_64;

import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.RuleUnwinder;
import org.vmcore.gdbstub.linux.stack.Step;
import org.vmcore.gdbstub.port.x86.FramePointers;
import org.vmcore.gdbstub.port.x86.X86Calls;

/**
 * x86-64 by {@link OrcRules}, which cross interrupts and their stacks as well. Code that these do
 * not know takes care of rbp as what BPF compiles to does.
 */
final class OrcUnwinder extends RuleUnwinder {
  private static final int WORD = Long.BYTES;

  private final FramePointers pointers;

  OrcUnwinder(LinuxKernel kernel, KernelText text, FramePointers pointers) {
    super(kernel.memory(), text, new OrcRules(kernel, text), "rip", "rsp");
    this.pointers = pointers;
  }

  @Override
  public boolean followsCall(long returnAddress) {
    return X86Calls.precede(memory(), returnAddress);
  }

  /** Where the return address to it is. */
  @Override
  protected long place(long cfa, FrameRegisters caller) {
    return caller.get("rsp") - WORD;
  }

  @Override
  protected Interrupted interrupted(FrameRegisters saved) {
    return pointers.interrupted(saved);
  }

  @Override
  public Step beyond(Frame frame) {
    boolean isNowhere = frame.kind() != Frame.Kind.CALLER && !text().contains(frame.pc());
    return isNowhere ? otherwise(frame) : super.beyond(frame);
  }

  @Override
  protected Step otherwise(Frame frame) {
    FrameRegisters registers = frame.registers();
    OptionalLong sp = registers.value("rsp");
    OptionalLong bp = registers.value("rbp");
    if (sp.isEmpty()) {
      return Step.Stop.LOST;
    }
    if (frame.kind() != Frame.Kind.CALLER && !text().contains(frame.pc())) {
      // It was called at an address where no code is.
      OptionalLong link = memory().word(sp.getAsLong());
      long top = sp.getAsLong() + WORD;
      Step step =
          link.isPresent()
              ? caller(link.getAsLong(), top, registers.with("rsp", top))
              : Step.Stop.LOST;
      if (step != Step.Stop.LOST) {
        return step;
      }
    }
    return rules().at(frame.lookupPc()).isEmpty() && bp.isPresent()
        ? pointers.framed(bp.getAsLong(), sp.getAsLong())
        : Step.Stop.LOST;
  }
}
