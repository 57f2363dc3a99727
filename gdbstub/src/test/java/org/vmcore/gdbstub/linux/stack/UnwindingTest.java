package org.vmcore.gdbstub.linux.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.Demo;

/** The search for return addresses, on the stack of the demo's crash, where no rule leads on. */
class UnwindingTest {
  private static final int WORD = Long.BYTES;

  /**
   * Knows that there are saved registers beyond one return address, and who called what they are
   * of.
   */
  private record BrokenRules(long entryReturn, FrameRegisters interrupted, long caller)
      implements Unwinder {
    @Override
    public CodeRules rules() {
      return CodeRules.none();
    }

    @Override
    public Step beyond(Frame frame) {
      if (frame.kind() == Frame.Kind.GUESSED && frame.pc() == entryReturn) {
        return new Step.To(
            new Frame(
                Frame.Kind.INTERRUPTED,
                interrupted.get("rsp"),
                interrupted.get("rip"),
                interrupted));
      }
      if (frame.kind() == Frame.Kind.INTERRUPTED) {
        FrameRegisters registers =
            new FrameRegisters(Map.of("rip", caller, "rsp", frame.place() + WORD));
        return new Step.To(new Frame(Frame.Kind.CALLER, frame.place(), caller, registers));
      }
      return Step.Stop.LOST;
    }

    @Override
    public String stackPointer() {
      return "rsp";
    }

    @Override
    public boolean followsCall(long returnAddress) {
      return true;
    }
  }

  /**
   * @param distance from the return address that leads to them to where their stack pointer is
   */
  private static List<Frame.Kind> kinds(long distance) throws Exception {
    try (Demo demo = Demo.open()) {
      CrashedMachine machine = demo.machine();
      List<Frame> real = machine.stacks().of(machine.cpus().get(0)).frames();
      FrameRegisters registers = real.get(0).registers();
      long place = real.get(1).place();
      long found = real.get(1).pc();
      FrameRegisters interrupted =
          new FrameRegisters(Map.of("rip", registers.get("rip"), "rsp", place + distance));
      BrokenRules rules = new BrokenRules(found, interrupted, found);
      return new Unwinding(machine.linux(), machine.architecture().orElseThrow(), rules)
          .unwind(registers, false).stream().map(Frame::kind).toList();
    }
  }

  @Test
  void whatWasInterruptedIsBelievedThoughFramesEndBeyondIt() throws Exception {
    assertThat(kinds(2 * WORD))
        .startsWith(
            Frame.Kind.INNERMOST, Frame.Kind.GUESSED, Frame.Kind.INTERRUPTED, Frame.Kind.CALLER);
  }

  /** As the registers of another task's stack, or of none, would have it. */
  @Test
  void notThatOfAnotherStack() throws Exception {
    assertThat(kinds(1 << 20)).doesNotContain(Frame.Kind.INTERRUPTED);
    assertThat(kinds(-WORD)).doesNotContain(Frame.Kind.INTERRUPTED);
  }
}
