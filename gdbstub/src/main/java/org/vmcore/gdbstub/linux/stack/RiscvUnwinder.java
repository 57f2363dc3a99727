package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 * riscv64 and riscv32 by the functions' own instructions: they tell how far the stack pointer has
 * come down and where the return address is. Kernels without frame pointers, which are most, keep
 * nothing else. What the entry code called returns to {@code ret_from_exception} or its like, with
 * a {@code struct pt_regs} at the stack pointer (Linux arch/riscv/kernel/entry.S).
 */
final class RiscvUnwinder implements Unwinder {
  private static final int MAX_FUNCTION = 1 << 18;
  private static final int MAX_FRAME = 1 << 14;

  /** Linux arch/riscv/include/asm/ptrace.h: struct pt_regs. */
  private static final List<String> PT_REGS =
      List.of(
          ("pc ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11"
                  + " t3 t4 t5 t6 status badaddr cause")
              .split(" ", -1));

  // sstatus: RISC-V Privileged Architecture, 4.1.1.
  private static final long PREVIOUS_SUPERVISOR = 1 << 8;
  private static final long INTERRUPTS_ENABLED = 1 << 1;

  /** Exception codes and, with the highest bit, interrupts (same manual, table 4.2). */
  private static final long MAX_CAUSE = 64;

  private final KernelMemory memory;
  private final KernelText text;
  private final SavedRegisters saved;

  RiscvUnwinder(LinuxKernel kernel, KernelText text) {
    this.memory = kernel.memory();
    this.text = text;
    this.saved = new SavedRegisters(memory, PT_REGS);
  }

  @Override
  public String stackPointer() {
    return "sp";
  }

  /** JAL and JALR that set ra, or C.JALR, or what is C.JAL on riscv32 alone. */
  @Override
  public boolean followsCall(long returnAddress) {
    byte[] bytes = memory.upTo(returnAddress - 4, 4);
    if (bytes.length < 4) {
      return true;
    }
    int code = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return (code & 0xfff) == 0x0ef
        || (code & 0x7fff) == 0x00e7
        || ((code >>> 16) & 0xf07f) == 0x9002
        || (memory.wordBytes() == Integer.BYTES && ((code >>> 16) & 0xe003) == 0x2001);
  }

  @Override
  public Step beyond(Frame frame) {
    OptionalLong stack = frame.registers().value("sp");
    if (stack.isEmpty()) {
      return Step.Stop.LOST;
    }
    boolean returned = frame.kind() == Frame.Kind.CALLER || frame.kind() == Frame.Kind.GUESSED;
    Optional<Located> function = text.of(frame);
    if (function.filter(found -> found.symbol().name().startsWith("ret_from_")).isPresent()) {
      return interrupted(stack.getAsLong());
    }
    if (function.isEmpty() || function.get().offset() > MAX_FUNCTION) {
      return Step.Stop.LOST;
    }
    long start = function.get().symbol().address();
    byte[] code = memory.upTo(start, (int) (frame.pc() - start));
    Depth depth =
        Depth.after(ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN), memory.wordBytes());
    if (depth.isUnknown() || depth.bytes() > MAX_FRAME) {
      return Step.Stop.LOST;
    }
    long top = stack.getAsLong() + depth.bytes();
    boolean kept = depth.isReturnAddressSaved() && depth.bytes() > 0;
    OptionalLong returnAddress =
        kept
            ? memory.word(top - depth.returnAddress())
            : returned ? OptionalLong.empty() : frame.registers().value("ra");
    return returnAddress.isPresent() ? caller(returnAddress.getAsLong(), top) : Step.Stop.LOST;
  }

  private Step interrupted(long address) {
    Optional<FrameRegisters> regs = saved.read(address);
    if (regs.isEmpty()) {
      return Step.Stop.END;
    }
    long status = regs.get().get("status");
    boolean isNarrow = memory.wordBytes() == Integer.BYTES;
    long cause = regs.get().get("cause") & (isNarrow ? Integer.MAX_VALUE : Long.MAX_VALUE);
    long pc = regs.get().get("pc");
    boolean user = (status & PREVIOUS_SUPERVISOR) == 0;
    boolean plausible =
        (status & INTERRUPTS_ENABLED) == 0
            && cause < MAX_CAUSE
            && (user ? pc > 0 : text.contains(pc));
    if (!plausible) {
      // A thread of the kernel has none at its stack's end.
      return Step.Stop.END;
    }
    Frame.Kind kind = user ? Frame.Kind.USER : Frame.Kind.INTERRUPTED;
    return new Step.To(new Frame(kind, regs.get().get("sp"), pc, regs.get()));
  }

  private Step caller(long returnAddress, long stack) {
    if (!text.contains(returnAddress)) {
      return Step.Stop.LOST;
    }
    Map<String, Long> registers = new LinkedHashMap<>();
    registers.put("pc", returnAddress);
    registers.put("sp", stack);
    return new Step.To(
        new Frame(Frame.Kind.CALLER, stack, returnAddress, new FrameRegisters(registers)));
  }

  /**
   * What a function's instructions did to its stack (RISC-V Unprivileged ISA, chapters 2 and 16).
   *
   * @param bytes that the stack pointer is below the caller's
   * @param returnAddress how far below that the return address is saved; 0 if it is not
   */
  private record Depth(int bytes, int returnAddress, boolean isUnknown) {
    boolean isReturnAddressSaved() {
      return returnAddress > 0;
    }

    static Depth after(ByteBuffer code, int wordBytes) {
      int bytes = 0;
      int link = 0;
      boolean unknown = false;
      List<Integer> left = new ArrayList<>();
      while (code.remaining() >= 2) {
        int low = code.getShort() & 0xffff;
        boolean wide = (low & 3) == 3;
        if (wide && code.remaining() < 2) {
          break;
        }
        int instruction = wide ? low | code.getShort() << 16 : low;
        int moved = wide ? moved(instruction) : movedShort(instruction);
        if (moved > 0 && left.isEmpty()) {
          left.add(bytes);
        }
        bytes -= moved;
        int place = wide ? place(instruction, wordBytes) : placeShort(instruction, wordBytes);
        if (place >= 0) {
          link = bytes - place;
        }
        unknown |= wide && isByRegister(instruction);
        if (!left.isEmpty() && (wide ? leaves(instruction) : leavesShort(instruction))) {
          bytes = left.remove(0);
        }
      }
      return new Depth(bytes, link, unknown);
    }

    /** Of sd ra,#(sp), on riscv32 sw, the distance from sp; -1 for anything else. */
    private static int place(int instruction, int wordBytes) {
      int store = wordBytes == Long.BYTES ? 0x00113023 : 0x00112023;
      return (instruction & 0x81fff07f) == store
          ? instruction >> 25 << 5 | (instruction >> 7 & 31)
          : -1;
    }

    /** The same of c.sdsp, on riscv32 c.swsp. */
    private static int placeShort(int code, int wordBytes) {
      if (wordBytes == Long.BYTES) {
        return (code & 0xe07f) == 0xe006 ? (code >> 10 & 7) << 3 | (code >> 7 & 7) << 6 : -1;
      }
      return (code & 0xe07f) == 0xc006 ? (code >> 9 & 15) << 2 | (code >> 7 & 3) << 6 : -1;
    }

    /** addi sp,sp,#. */
    private static int moved(int instruction) {
      return (instruction & 0xfffff) == 0x10113 ? instruction >> 20 : 0;
    }

    /** add or sub sp,sp,register. */
    private static boolean isByRegister(int instruction) {
      return (instruction & 0xbe0fffff) == 0x00010133;
    }

    private static int movedShort(int code) {
      if ((code & 0xef83) == 0x6101) { // c.addi16sp
        int value =
            (code >> 6 & 1) << 4
                | (code >> 2 & 1) << 5
                | (code >> 5 & 1) << 6
                | (code >> 3 & 3) << 7
                | (code >> 12 & 1) << 9;
        return value << 22 >> 22;
      }
      if ((code & 0xef83) == 0x0101) { // c.addi sp
        return ((code >> 2 & 31) | (code >> 12 & 1) << 5) << 26 >> 26;
      }
      return 0;
    }

    /** jal or jalr without a link. */
    private static boolean leaves(int instruction) {
      return (instruction & 0xfff) == 0x06f || (instruction & 0x7fff) == 0x0067;
    }

    private static boolean leavesShort(int code) {
      return (code & 0xe003) == 0xa001 || ((code & 0xf07f) == 0x8002 && code != 0x8002);
    }
  }
}
