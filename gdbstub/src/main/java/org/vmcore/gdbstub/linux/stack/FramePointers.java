package org.vmcore.gdbstub.linux.stack;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * x86 kernels built with frame pointers (CONFIG_FRAME_POINTER): {@code rbp} points at the caller's,
 * the return address is in the word above. Where entry code saved registers since Linux 4.9 (commit
 * 946c191161ce, "x86/entry/unwind: Create stack frames for saved interrupt registers"), it points
 * at these, marked by its lowest bit or, on i386, by the lack of the highest. Before, and where a
 * system call was entered, they are told by what they hold.
 */
final class FramePointers implements Unwinder {
  /** EFLAGS bit 1 is always set (Intel SDM volume 1, 3.4.3). */
  private static final long ALWAYS_SET = 2;

  private static final int USER = 3;

  private static final int PUSH_FRAME_POINTER = 0x55;

  private final KernelMemory memory;
  private final KernelText text;
  private final SavedRegisters saved;
  private final String pc;
  private final String sp;
  private final String bp;
  private final List<Long> codeSegments;
  private final int word;

  /**
   * @param codeSegments those of the kernel and of user programs (Linux
   *     arch/x86/include/asm/segment.h)
   */
  private FramePointers(
      KernelMemory memory, KernelText text, List<String> layout, List<Long> codeSegments) {
    this.memory = memory;
    this.text = text;
    this.saved = new SavedRegisters(memory, layout);
    this.word = memory.wordBytes();
    String prefix = word == Long.BYTES ? "r" : "e";
    this.pc = prefix + "ip";
    this.sp = prefix + "sp";
    this.bp = prefix + "bp";
    this.codeSegments = codeSegments;
  }

  static FramePointers x86_64(KernelMemory memory, KernelText text) {
    return new FramePointers(memory, text, SavedRegisters.X86_64, List.of(0x10L, 0x33L, 0x23L));
  }

  static FramePointers i386(KernelMemory memory, KernelText text) {
    return new FramePointers(memory, text, SavedRegisters.I386, List.of(0x60L, 0x73L));
  }

  @Override
  public String stackPointer() {
    return sp;
  }

  @Override
  public boolean followsCall(long returnAddress) {
    return X86Calls.precede(memory, returnAddress);
  }

  @Override
  public Step beyond(Frame frame) {
    FrameRegisters registers = frame.registers();
    OptionalLong pointer = registers.value(bp);
    OptionalLong stack = registers.value(sp);
    if (pointer.isEmpty() || stack.isEmpty()) {
      return Step.Stop.LOST;
    }
    if (frame.kind() == Frame.Kind.CALLER) {
      OptionalLong regs = marked(pointer.getAsLong());
      if (regs.isEmpty() && arePlausible(stack.getAsLong())) {
        regs = stack;
      }
      if (regs.isPresent()) {
        return interrupted(regs.getAsLong());
      }
      if (pointer.getAsLong() == 0) {
        return Step.Stop.END;
      }
      return caller(
          pointer.getAsLong() + word, memory.word(pointer.getAsLong()), stack.getAsLong());
    }
    return fromExactPlace(frame, pointer.getAsLong(), stack.getAsLong());
  }

  /** Where saved registers are, if a frame pointer tells that it points at some. */
  private OptionalLong marked(long pointer) {
    if (word == Long.BYTES) {
      return (pointer & 1) != 0 ? OptionalLong.of(pointer & ~1L) : OptionalLong.empty();
    }
    boolean lacksTop = pointer != 0 && (pointer & 0x8000_0000L) == 0;
    return lacksTop ? OptionalLong.of(pointer | 0x8000_0000L) : OptionalLong.empty();
  }

  private boolean arePlausible(long address) {
    Optional<FrameRegisters> regs = saved.read(address);
    return regs.isPresent()
        && codeSegments.contains(regs.get().get("cs") & 0xffff)
        && (regs.get().get("eflags") & ALWAYS_SET) != 0
        && (isUser(regs.get()) || text.contains(regs.get().get(pc)));
  }

  private static boolean isUser(FrameRegisters registers) {
    return (registers.get("cs") & USER) == USER;
  }

  private Step interrupted(long address) {
    return interrupted(saved.read(address), pc, sp);
  }

  /** The frame whose registers were saved; a thread of the kernel has none at its stack's end. */
  static Step interrupted(Optional<FrameRegisters> saved, String pc, String sp) {
    if (saved.isEmpty()) {
      return Step.Stop.LOST;
    }
    FrameRegisters registers = saved.get();
    if (registers.get("cs") == 0 && registers.get(pc) == 0) {
      return Step.Stop.END;
    }
    Frame.Kind kind = isUser(registers) ? Frame.Kind.USER : Frame.Kind.INTERRUPTED;
    return new Step.To(new Frame(kind, registers.get(sp), registers.get(pc), registers));
  }

  /** A function may have been interrupted before it had made its frame. */
  private Step fromExactPlace(Frame frame, long pointer, long stack) {
    Optional<Located> function = text.at(frame.pc());
    if (function.isEmpty() && !text.isKnown()) {
      return framed(pointer, stack);
    }
    long offset = function.map(Located::offset).orElse(0L);
    byte[] code = memory.upTo(frame.pc() - offset, 16);
    int push = afterEntry(code);
    boolean pushes = push < code.length && (code[push] & 0xff) == PUSH_FRAME_POINTER;
    OptionalLong unchanged = OptionalLong.of(pointer);
    if (!pushes || Long.compareUnsigned(offset, push) <= 0) {
      Step step = caller(stack, unchanged, stack);
      // One that makes no frame may still keep something on the stack.
      return step == Step.Stop.LOST && offset != 0 ? framed(pointer, stack) : step;
    }
    return offset == push + 1
        ? caller(stack + word, memory.word(stack), stack)
        : framed(pointer, stack);
  }

  /** The caller of code that keeps a frame pointer. */
  Step framed(long pointer, long stack) {
    return caller(pointer + word, memory.word(pointer), stack);
  }

  /** Offset after endbr and what is left or made of a call to __fentry__. */
  private static int afterEntry(byte[] code) {
    int at = 0;
    if (code.length >= 4 && code[0] == (byte) 0xf3 && code[1] == 0x0f && code[2] == 0x1e) {
      at = 4;
    }
    if (code.length >= at + 5) {
      int first = code[at] & 0xff;
      boolean nop = first == 0x0f && code[at + 1] == 0x1f;
      boolean nop32 = first == 0x3e && (code[at + 1] & 0xff) == 0x8d;
      if (first == 0xe8 || nop || nop32) {
        at += 5;
      }
    }
    return at;
  }

  /**
   * @param place of the return address
   * @param pointer the caller's frame pointer
   * @param stack that the place has to be above
   */
  private Step caller(long place, OptionalLong pointer, long stack) {
    OptionalLong returnAddress = memory.word(place);
    if (returnAddress.isEmpty()
        || pointer.isEmpty()
        || Long.compareUnsigned(place, stack) < 0
        || !text.contains(returnAddress.getAsLong() - 1)) {
      return Step.Stop.LOST;
    }
    Map<String, Long> registers = new LinkedHashMap<>();
    registers.put(pc, returnAddress.getAsLong());
    registers.put(sp, memory.truncate(place + word));
    registers.put(bp, pointer.getAsLong());
    return new Step.To(
        new Frame(
            Frame.Kind.CALLER, place, returnAddress.getAsLong(), new FrameRegisters(registers)));
  }
}
