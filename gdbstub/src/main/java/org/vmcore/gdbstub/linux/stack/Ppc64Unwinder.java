package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * ppc64 by the back chain: r1 points at the address of the caller's frame, in which the return
 * address is saved (64-Bit ELF V2 ABI, 2.2.2). Frames of the entry code hold a mark and behind it a
 * {@code struct pt_regs}.
 */
final class Ppc64Unwinder implements Unwinder {
  private static final int WORD = Long.BYTES;
  private static final int INSTRUCTION = 4;
  private static final int MAX_PROLOGUE = 256;

  private static final int LINK = 2 * WORD;

  /**
   * STACK_FRAME_REGS_MARKER (Linux arch/powerpc/include/asm/ptrace.h): "regshere", later "REGS" as
   * either byte order has it.
   */
  private static final Set<Long> MARK = Set.of(0x7265677368657265L, 0x53474552L, 0x52454753L);

  /** STACK_INT_FRAME_MARKER, with big frames and, since Linux 6.2, with ELF V2's small ones. */
  private static final int[] MARKS = {96, 32};

  /** The registers are behind it, aligned. */
  private static final int REGS_BEHIND_MARK = 16;

  /** MSR[PR] (Power ISA, book III, 4.2.1). */
  private static final long PROBLEM_STATE = 1 << 14;

  // Power ISA, book I: mflr r0; std r0,16(r1); stdu r1,#(r1).
  private static final int STORE_LINK = 0xf8010010;
  private static final int MAKE_FRAME = 0xf8210001;

  private final KernelMemory memory;
  private final KernelText text;
  private final SavedRegisters saved;

  Ppc64Unwinder(LinuxKernel kernel, KernelText text) {
    this.memory = kernel.memory();
    this.text = text;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      names.add("r" + i);
    }
    names.addAll(
        List.of("pc", "msr", "orig_r3", "ctr", "lr", "xer", "cr", "softe", "trap", "dar", "dsisr"));
    this.saved = new SavedRegisters(memory, names);
  }

  @Override
  public String stackPointer() {
    return "r1";
  }

  /** Branches that set the link register. */
  @Override
  public boolean followsCall(long returnAddress) {
    Optional<ByteBuffer> code = memory.bytes(returnAddress - INSTRUCTION, INSTRUCTION);
    return code.isEmpty() || (code.get().getInt() & 1) != 0;
  }

  @Override
  public Step beyond(Frame frame) {
    OptionalLong stack = frame.registers().value("r1");
    if (stack.isEmpty()) {
      return Step.Stop.LOST;
    }
    boolean exact = frame.kind() == Frame.Kind.INNERMOST || frame.kind() == Frame.Kind.INTERRUPTED;
    return exact ? ofRunning(frame, stack.getAsLong()) : ofCaller(stack.getAsLong());
  }

  private Step ofCaller(long stack) {
    for (int mark : MARKS) {
      OptionalLong word = memory.word(stack + mark);
      if (word.isPresent() && MARK.contains(word.getAsLong())) {
        return interrupted(stack + mark + REGS_BEHIND_MARK);
      }
    }
    OptionalLong next = memory.word(stack);
    if (next.isPresent() && next.getAsLong() == 0) {
      return Step.Stop.END;
    }
    return next.isEmpty() ? Step.Stop.LOST : caller(next.getAsLong(), saved(next.getAsLong()));
  }

  private OptionalLong saved(long stack) {
    return memory.word(stack + LINK);
  }

  private Step interrupted(long address) {
    Optional<FrameRegisters> regs = saved.read(address);
    if (regs.isEmpty()) {
      return Step.Stop.LOST;
    }
    long pc = regs.get().get("pc");
    if (pc == 0) {
      return Step.Stop.END;
    }
    boolean user = (regs.get().get("msr") & PROBLEM_STATE) != 0;
    Frame.Kind kind = user ? Frame.Kind.USER : Frame.Kind.INTERRUPTED;
    return new Step.To(new Frame(kind, regs.get().get("r1"), pc, regs.get()));
  }

  /** A function that calls none has no frame, and any may not have made it yet. */
  private Step ofRunning(Frame frame, long stack) {
    Optional<Located> function = text.at(frame.pc());
    OptionalLong link = frame.registers().value("lr");
    if (function.isEmpty() || link.isEmpty()) {
      return ofCaller(stack);
    }
    int length = (int) Math.min(function.get().offset(), MAX_PROLOGUE);
    byte[] bytes = memory.upTo(function.get().symbol().address(), length);
    ByteBuffer code = ByteBuffer.wrap(bytes).order(memory.byteOrder());
    boolean stored = false;
    while (code.remaining() >= INSTRUCTION) {
      int instruction = code.getInt();
      stored |= instruction == STORE_LINK;
      if ((instruction & 0xffff0003) == MAKE_FRAME) {
        return ofCaller(stack);
      }
    }
    Step step = caller(stack, stored ? saved(stack) : link);
    return step == Step.Stop.LOST ? ofCaller(stack) : step;
  }

  private Step caller(long stack, OptionalLong returnAddress) {
    if (returnAddress.isEmpty() || !text.contains(returnAddress.getAsLong() - 1)) {
      return Step.Stop.LOST;
    }
    Map<String, Long> registers = new LinkedHashMap<>();
    registers.put("pc", returnAddress.getAsLong());
    registers.put("r1", stack);
    return new Step.To(
        new Frame(
            Frame.Kind.CALLER, stack, returnAddress.getAsLong(), new FrameRegisters(registers)));
  }
}
