package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.CodeRules;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.linux.stack.RuleUnwinder;
import org.vmcore.gdbstub.linux.stack.Step;

/**
 * 32-bit arm by the tables that compilers make for exceptions, where the kernel has them
 * (CONFIG_ARM_UNWIND). Entry code for user mode has none: its {@code struct pt_regs} is at the
 * stack pointer.
 */
final class ArmUnwinder extends RuleUnwinder {
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

  private final ArmCode code;
  private final ArmTables tables;
  private final PtRegs saved;
  private final LinuxKernel kernel;
  private final ArmVectors vectors;

  ArmUnwinder(LinuxKernel kernel, KernelText text) {
    this(
        kernel,
        text,
        ArmCode.of(kernel),
        ArmTables.of(kernel),
        new PtRegs(kernel.memory(), PT_REGS));
  }

  private ArmUnwinder(
      LinuxKernel kernel, KernelText text, ArmCode code, ArmTables tables, PtRegs saved) {
    super(
        kernel.memory(),
        text,
        new ArmCodeRules(kernel, code, tables, saved, List.of()),
        "pc",
        "sp");
    this.code = code;
    this.tables = tables;
    this.vectors = new ArmVectors(kernel.memory(), text, code, tables);
    this.saved = saved;
    this.kernel = kernel;
  }

  @Override
  public CodeRules rules(List<Interruption> interruptions) {
    return new ArmCodeRules(kernel, code, tables, saved, interruptions);
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

  @Override
  public boolean followsCall(long returnAddress) {
    ByteBuffer call = code.upTo(withoutCode(returnAddress) - WORD, WORD);
    return call.limit() < WORD || code.set().endsWithCall(call);
  }

  /** Bit 0 says that it is Thumb code (Arm ARM, A4.1.1). */
  @Override
  protected long withoutCode(long returnAddress) {
    return returnAddress & ~1L;
  }

  @Override
  public Step beyond(Frame frame) {
    OptionalLong stack = frame.registers().value("sp");
    if (stack.isEmpty()) {
      return Step.Stop.LOST;
    }
    String name = name(frame);
    boolean fromUser = FROM_USER.matcher(name).matches();
    if (hasReturned(frame) && (fromUser || INTERRUPTED.matcher(name).matches())) {
      return interrupted(stack.getAsLong(), fromUser);
    }
    if (fromUser && frame.kind() == Frame.Kind.INTERRUPTED) {
      // Interrupts are allowed again when the registers are saved.
      Step step = interrupted(stack.getAsLong(), true);
      if (step instanceof Step.To) {
        return step;
      }
    }
    OptionalLong link = frame.registers().value("lr");
    boolean isLeaf =
        !hasReturned(frame)
            && isOnStack(frame.registers())
            && ArmFrame.at(code, text(), frame.pc()) == ArmFrame.NONE;
    return isLeaf && link.isPresent() && text().contains(link.getAsLong() - 1)
        ? caller(withoutCode(link.getAsLong()), stack.getAsLong(), frame.registers())
        : super.beyond(frame);
  }

  private static boolean hasReturned(Frame frame) {
    return frame.kind() == Frame.Kind.CALLER || frame.kind() == Frame.Kind.GUESSED;
  }

  private String name(Frame frame) {
    return text().of(frame).map(found -> found.symbol().name()).orElse("");
  }

  @Override
  protected Step otherwise(Frame frame) {
    if (tables.at(lookup(frame)).isPresent()) {
      // Only what the boot code jumps to has nowhere to return to (Linux arch/arm/kernel/head.S).
      return name(frame).endsWith("start_kernel") ? Step.Stop.END : Step.Stop.LOST;
    }
    OptionalLong link = frame.registers().value("lr");
    return hasReturned(frame) || link.isEmpty() || link.getAsLong() == frame.pc()
        ? Step.Stop.LOST
        : caller(withoutCode(link.getAsLong()), frame.registers().get("sp"), frame.registers());
  }

  private Step interrupted(long stack, boolean fromUser) {
    for (int offset : REGS) {
      Optional<FrameRegisters> regs = saved.read(stack + offset);
      Interrupted expected = fromUser ? Interrupted.USER : Interrupted.KERNEL;
      if (regs.isPresent() && interrupted(regs.get()) == expected) {
        return saved(regs.get());
      }
    }
    return Step.Stop.END;
  }

  @Override
  protected Interrupted interrupted(FrameRegisters regs) {
    long pc = regs.get("pc");
    if ((regs.get("cpsr") & MODE) == USER) {
      return pc != 0 ? Interrupted.USER : Interrupted.UNKNOWN;
    }
    return text().contains(pc) ? Interrupted.KERNEL : Interrupted.UNKNOWN;
  }
}
