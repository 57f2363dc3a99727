package org.vmcore.gdbstub.port.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.linux.stack.RuleUnwinder;
import org.vmcore.gdbstub.linux.stack.Step;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * arm64 by {@link Arm64Rules}, and where these are not known by frame records: x29 points at the
 * caller's x29 and the return address (AAPCS64, 6.4.6). At the kernel's entry points the record is
 * a part of the {@code struct pt_regs} that was saved (since Linux 4.15, commit 73267498fb90,
 * "arm64: unwind: reference pt_regs via embedded stack frame").
 */
final class Arm64Unwinder extends RuleUnwinder {
  private static final int WORD = Long.BYTES;
  private static final int INSTRUCTION = 4;

  /** {@code struct user_pt_regs}: x0 to x30, sp, pc, pstate (Linux uapi/asm/ptrace.h). */
  private static final String PT_REGS =
      "x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16 x17 x18 x19 x20 x21 x22 x23 x24"
          + " x25 x26 x27 x28 x29 x30 sp pc cpsr";

  /** Where in a pt_regs the record may be (Linux arch/arm64/include/asm/ptrace.h). */
  private static final int[] RECORD_IN_REGS = {304, 296, 288};

  /** PSTATE.M is 0 at EL0 (Arm ARM, C5.2.20). */
  private static final long EXCEPTION_LEVEL = 0xf;

  /** EL1 and EL2, with either stack pointer. */
  private static final long KERNEL_MODES = 0xc;

  private static final long USER_END = 1L << 52;

  /** Numbers of bits that kernel addresses may have; above may be an authentication code. */
  private static final int[] ADDRESS_BITS = {52, 48, 47, 42, 39};

  private final PtRegs saved;

  Arm64Unwinder(LinuxKernel kernel, KernelText text) {
    this(kernel, text, new PtRegs(kernel.memory(), PT_REGS));
  }

  private Arm64Unwinder(LinuxKernel kernel, KernelText text, PtRegs saved) {
    super(kernel.memory(), text, new Arm64Rules(kernel, text, saved), "pc", "sp");
    this.saved = saved;
  }

  /** BL and BLR, the latter with or without authentication. */
  @Override
  public boolean followsCall(long returnAddress) {
    byte[] code = memory().upTo(returnAddress - INSTRUCTION, INSTRUCTION);
    if (code.length < INSTRUCTION) {
      return true;
    }
    int call = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return (call & 0xfc000000) == 0x94000000 || (call & 0xfefff000) == 0xd63f0000;
  }

  /** Its frame record, as far as there is one; else its stack pointer. */
  @Override
  protected long place(long cfa, FrameRegisters caller) {
    return caller.value("x29").orElse(cfa);
  }

  /** Arm ARM, D8.10. */
  @Override
  protected long withoutCode(long signed) {
    for (int bits : ADDRESS_BITS) {
      long address = signed | -1L << bits;
      if (text().contains(address - 1)) {
        return address;
      }
    }
    return signed;
  }

  @Override
  protected Interrupted interrupted(FrameRegisters regs) {
    long state = regs.get("cpsr");
    long pc = regs.get("pc");
    boolean user = (state & EXCEPTION_LEVEL) == 0;
    boolean plausible =
        user
            ? Long.compareUnsigned(pc, USER_END) < 0 && pc != 0
            : text().contains(pc) || hasCalled(regs);
    if (state >>> 32 != 0 || !plausible) {
      return Interrupted.UNKNOWN;
    }
    return user ? Interrupted.USER : Interrupted.KERNEL;
  }

  /** Whether a function of the kernel's has just called: what it called need be no code. */
  private boolean hasCalled(FrameRegisters regs) {
    OptionalLong link = regs.value("x30");
    return (regs.get("cpsr") & KERNEL_MODES) != 0
        && link.isPresent()
        && text().contains(withoutCode(link.getAsLong()) - 1);
  }

  /** The function that called something which is no code. */
  private Step byLink(Frame frame) {
    Map<String, Long> registers = new HashMap<>(frame.registers().values());
    Long link = registers.remove("x30");
    OptionalLong stack = frame.registers().value("sp");
    return link == null || stack.isEmpty()
        ? Step.Stop.LOST
        : caller(withoutCode(link), stack.getAsLong(), new FrameRegisters(registers));
  }

  @Override
  protected Step otherwise(Frame frame) {
    if (frame.kind() == Frame.Kind.INTERRUPTED && !text().contains(frame.pc())) {
      return byLink(frame);
    }
    OptionalLong pointer = frame.registers().value("x29");
    if (pointer.isEmpty()) {
      return Step.Stop.LOST;
    }
    Optional<Located> function = text().at(frame.lookupPc());
    boolean returned = frame.kind() == Frame.Kind.CALLER || frame.kind() == Frame.Kind.GUESSED;
    if (returned && function.filter(Arm64Unwinder::isEntry).isPresent()) {
      for (int offset : RECORD_IN_REGS) {
        Step step =
            saved.read(pointer.getAsLong() - offset).map(this::saved).orElse(Step.Stop.LOST);
        if (step != Step.Stop.LOST) {
          return step;
        }
      }
    }
    return byRecord(pointer.getAsLong());
  }

  private static boolean isEntry(Located function) {
    return Arm64Rules.ENTRY.matcher(function.symbol().name()).matches();
  }

  private Step byRecord(long pointer) {
    OptionalLong next = memory().word(pointer);
    OptionalLong link = memory().word(pointer + WORD);
    if (pointer == 0 || (link.isPresent() && link.getAsLong() == 0)) {
      return Step.Stop.END;
    }
    if (next.isEmpty() || link.isEmpty()) {
      return Step.Stop.LOST;
    }
    long stack = pointer + 2 * WORD;
    return caller(
        withoutCode(link.getAsLong()),
        stack,
        new FrameRegisters(Map.of("x29", next.getAsLong(), "sp", stack)));
  }
}
