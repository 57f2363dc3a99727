package org.vmcore.gdbstub.linux.stack;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * s390x by the back chain: each frame has the address of the caller's, in which the return address
 * is saved. Where it ends there is a {@code struct pt_regs} beyond the frame of the entry code
 * (Linux arch/s390/include/asm/stacktrace.h and arch/s390/kernel/unwind_bc.c).
 */
final class S390Unwinder implements Unwinder {
  private static final int WORD = Long.BYTES;
  private static final int MAX_PROLOGUE = 256;

  /** STACK_FRAME_OVERHEAD. */
  private static final int FRAME = 160;

  /** The psw in pt_regs, behind the word args[1]. */
  private static final int PSW = 8;

  /** PSW bit 15, the problem state (z/Architecture Principles of Operation, chapter 4). */
  private static final long PROBLEM_STATE = 1L << 48;

  /** {@code struct stack_frame}: as CONFIG_PACK_STACK has it, and the ABI's own. */
  private static final List<Layout> LAYOUTS = List.of(new Layout(152, 72), new Layout(0, 48));

  /**
   * @param backChain offset of the caller's frame
   * @param gprs offset of the registers that a callee saves, r6 first
   */
  private record Layout(int backChain, int gprs) {
    /** Where a callee saved r14. */
    int returnAddress() {
      return gprs + 8 * WORD;
    }
  }

  private final KernelMemory memory;
  private final KernelText text;
  private final SavedRegisters saved;

  S390Unwinder(LinuxKernel kernel, KernelText text) {
    this.memory = kernel.memory();
    this.text = text;
    List<String> names = new ArrayList<>(List.of("pswm", "pswa"));
    for (int i = 0; i < 16; i++) {
      names.add("r" + i);
    }
    this.saved = new SavedRegisters(memory, names);
  }

  @Override
  public String stackPointer() {
    return "r15";
  }

  /** BRASL and BASR, of 6 and 2 bytes (Principles of Operation, chapter 7). */
  @Override
  public boolean followsCall(long returnAddress) {
    byte[] code = memory.upTo(returnAddress - 6, 6);
    return code.length < 6
        || ((code[0] & 0xff) == 0xc0 && code[1] == (byte) 0xe5)
        || (code[4] == 0x0d && (code[5] & 0xf0) == 0xe0);
  }

  @Override
  public Step beyond(Frame frame) {
    OptionalLong stack = frame.registers().value("r15");
    if (stack.isEmpty()) {
      return Step.Stop.LOST;
    }
    OptionalLong link = frame.registers().value("r14");
    boolean exact = frame.kind() == Frame.Kind.INNERMOST || frame.kind() == Frame.Kind.INTERRUPTED;
    Optional<Located> function = exact ? text.at(frame.pc()) : Optional.empty();
    if (link.isPresent()
        && function.isPresent()
        && !hasFrame(function.get())
        && text.contains(link.getAsLong() - 1)) {
      return caller(link.getAsLong(), stack.getAsLong());
    }
    return byBackChain(stack.getAsLong());
  }

  private Step byBackChain(long stack) {
    for (Layout layout : LAYOUTS) {
      OptionalLong next = memory.word(stack + layout.backChain());
      if (next.isPresent() && next.getAsLong() != 0 && next.getAsLong() % WORD == 0) {
        OptionalLong returned = memory.word(next.getAsLong() + layout.returnAddress());
        if (returned.isPresent() && text.contains(returned.getAsLong() - 1)) {
          return caller(returned.getAsLong(), next.getAsLong());
        }
      }
    }
    return interrupted(stack + FRAME + PSW);
  }

  private Step interrupted(long address) {
    Optional<FrameRegisters> regs = saved.read(address);
    if (regs.isEmpty()) {
      return Step.Stop.END;
    }
    long pc = regs.get().get("pswa");
    boolean user = (regs.get().get("pswm") & PROBLEM_STATE) != 0;
    if (!user && (pc == 0 || regs.get().get("r15") == 0)) {
      // A thread of the kernel was made with registers that it never had.
      return Step.Stop.END;
    }
    if (!user && !text.contains(pc)) {
      return Step.Stop.LOST;
    }
    Frame.Kind kind = user ? Frame.Kind.USER : Frame.Kind.INTERRUPTED;
    return new Step.To(new Frame(kind, regs.get().get("r15"), pc, regs.get()));
  }

  private static Step caller(long returnAddress, long stack) {
    Map<String, Long> registers = new LinkedHashMap<>();
    registers.put("pswa", returnAddress);
    registers.put("r15", stack);
    return new Step.To(
        new Frame(Frame.Kind.CALLER, stack, returnAddress, new FrameRegisters(registers)));
  }

  /** Whether the function had made its frame, by the instructions up to this one. */
  private boolean hasFrame(Located function) {
    int length = (int) Math.min(function.offset(), MAX_PROLOGUE);
    byte[] code = memory.upTo(function.symbol().address(), length);
    int at = 0;
    while (at + 4 <= code.length) {
      int first = code[at] & 0xff;
      int second = code[at + 1] & 0xff;
      boolean addImmediate = first == 0xa7 && second == 0xfb; // aghi %r15,#
      boolean loadAddress =
          first == 0xe3 && second >> 4 == 15 && at + 6 <= code.length && code[at + 5] == 0x71;
      if (addImmediate || loadAddress) {
        return true;
      }
      // The two highest bits tell how long an instruction is.
      at += first < 0x40 ? 2 : first < 0xc0 ? 4 : 6;
    }
    return false;
  }
}
