package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.CodeRules;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.linux.stack.Step;
import org.vmcore.gdbstub.linux.stack.Unwinder;

/**
 * 32-bit arm by the tables that compilers make for exceptions, where the kernel has them
 * (CONFIG_ARM_UNWIND). Entry code for user mode has none: its {@code struct pt_regs} is at the
 * stack pointer.
 */
final class ArmUnwinder implements Unwinder {
  private static final int WORD = Integer.BYTES;
  private static final long MODE = 0x1f;
  private static final long USER = 0x10;
  private static final long SUPERVISOR = 0x13;

  /** Linux arch/arm/include/asm/ptrace.h; at the end there is the first argument. */
  private static final String PT_REGS =
      "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 sp lr pc cpsr orig_r0";

  /** Linux arch/arm/kernel/entry-armv.S; they have a pt_regs at their stack pointer. */
  private static final Pattern INTERRUPTED = Pattern.compile("__(irq|dabt|pabt|und|fiq)_svc");

  private static final Pattern FROM_USER =
      Pattern.compile(
          "__(irq|dabt|pabt|und|fiq)_usr.*|ret_fast_syscall|ret_from_exception|slow_work_pending"
              + "|ret_slow_syscall|ret_to_user\\w*|vector_swi|__sys_trace\\w*");

  /** System calls have two of their arguments below it (entry-common.S, S_OFF). */
  private static final int[] REGS = {0, 2 * WORD};

  private final KernelMemory memory;
  private final KernelText text;
  private final ArmTables tables;
  private final PtRegs saved;
  private final LinuxKernel kernel;
  private final ArmVectors vectors;

  ArmUnwinder(LinuxKernel kernel, KernelText text) {
    this.memory = kernel.memory();
    this.text = text;
    this.tables = new ArmTables(kernel);
    this.vectors = new ArmVectors(memory, text, tables);
    this.saved = new PtRegs(memory, PT_REGS);
    this.kernel = kernel;
  }

  @Override
  public CodeRules rules() {
    return rules(List.of());
  }

  @Override
  public CodeRules rules(List<Interruption> interruptions) {
    return new ArmCodeRules(kernel, tables, saved, interruptions);
  }

  @Override
  public String stackPointer() {
    return "sp";
  }

  /** In the other modes the CPU has another stack pointer: of a stack of three words. */
  @Override
  public boolean isOnStack(FrameRegisters registers) {
    OptionalLong state = registers.value("cpsr");
    return state.isEmpty() || (state.getAsLong() & MODE) == SUPERVISOR;
  }

  @Override
  public Optional<Interruption> interrupted(
      FrameRegisters cpu, ByteBuffer stack, long start, Predicate<FrameRegisters> leads) {
    return vectors.interrupted(cpu, stack, start, leads);
  }

  /** BL and BLX, in Arm code; in Thumb code anything. */
  @Override
  public boolean followsCall(long returnAddress) {
    Optional<ByteBuffer> code = memory.bytes(returnAddress - WORD, WORD);
    if (code.isEmpty() || (returnAddress & 1) != 0) {
      return true;
    }
    int call = code.get().getInt();
    return (call & 0x0f000000) == 0x0b000000 || (call & 0x0ffffff0) == 0x012fff30;
  }

  @Override
  public Step beyond(Frame frame) {
    OptionalLong stack = frame.registers().value("sp");
    if (stack.isEmpty()) {
      return Step.Stop.LOST;
    }
    boolean returned = frame.kind() == Frame.Kind.CALLER || frame.kind() == Frame.Kind.GUESSED;
    String name = text.of(frame).map(found -> found.symbol().name()).orElse("");
    boolean fromUser = FROM_USER.matcher(name).matches();
    if (returned && (fromUser || INTERRUPTED.matcher(name).matches())) {
      return interrupted(stack.getAsLong(), fromUser);
    }
    OptionalLong link = frame.registers().value("lr");
    boolean isLeaf =
        !returned
            && isOnStack(frame.registers())
            && ArmFrame.at(memory, text, frame.pc()) == ArmFrame.NONE;
    if (isLeaf && link.isPresent() && text.contains(link.getAsLong() - 1)) {
      return caller(frame.registers().with("pc", link.getAsLong()));
    }
    Optional<ArmTables.Entry> entry = tables.at(frame.lookupPc());
    if (entry.isEmpty()) {
      return returned || link.isEmpty() || link.getAsLong() == frame.pc()
          ? Step.Stop.LOST
          : caller(frame.registers().with("pc", link.getAsLong()));
    }
    if (entry.get().cannotUnwind()) {
      return Step.Stop.END;
    }
    Optional<FrameRegisters> registers = entry.get().undo(memory, frame.registers());
    if (registers.isEmpty()) {
      return Step.Stop.LOST;
    }
    // Only what the boot code jumps to has nowhere to return to (Linux arch/arm/kernel/head.S).
    boolean first = name.endsWith("start_kernel") && registers.get().get("pc") == 0;
    return first ? Step.Stop.END : caller(registers.get());
  }

  private Step caller(FrameRegisters registers) {
    long pc = registers.get("pc");
    return text.contains(pc - 1)
        ? new Step.To(new Frame(Frame.Kind.CALLER, registers.get("sp"), pc, registers))
        : Step.Stop.LOST;
  }

  private Step interrupted(long stack, boolean fromUser) {
    for (int offset : REGS) {
      Optional<FrameRegisters> regs = saved.read(stack + offset);
      if (regs.isPresent()) {
        boolean user = (regs.get().get("cpsr") & MODE) == USER;
        boolean plausible = user ? regs.get().get("pc") != 0 : text.contains(regs.get().get("pc"));
        if (user == fromUser && plausible) {
          Frame.Kind kind = user ? Frame.Kind.USER : Frame.Kind.INTERRUPTED;
          return new Step.To(
              new Frame(kind, regs.get().get("sp"), regs.get().get("pc"), regs.get()));
        }
      }
    }
    return Step.Stop.END;
  }
}
