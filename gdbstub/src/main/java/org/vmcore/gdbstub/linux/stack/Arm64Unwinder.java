package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * arm64 by frame records: x29 points at the caller's x29 and the return address (AAPCS64, 6.4.6).
 * At the kernel's entry points the record is a part of the {@code struct pt_regs} that was saved
 * (since Linux 4.15, commit 73267498fb90, "arm64: unwind: reference pt_regs via embedded stack
 * frame").
 */
final class Arm64Unwinder implements Unwinder {
  private static final int WORD = Long.BYTES;
  private static final int INSTRUCTION = 4;
  private static final int MAX_FUNCTION = 1 << 18;

  /** Linux arch/arm64/kernel/entry.S: el0t_64_sync and its like since 5.13, el0_sync before. */
  private static final Pattern ENTRY =
      Pattern.compile("el[01][ht]?_(?:64_|32_)?(?:sync|irq|fiq|error|sync_compat|irq_compat)");

  /** Where in a pt_regs the record may be (Linux arch/arm64/include/asm/ptrace.h). */
  private static final int[] RECORD_IN_REGS = {304, 296, 288};

  /** PSTATE.M is 0 at EL0 (Arm ARM, C5.2.20). */
  private static final long EXCEPTION_LEVEL = 0xf;

  private static final long USER_END = 1L << 52;

  /** Numbers of bits that kernel addresses may have; above may be an authentication code. */
  private static final int[] ADDRESS_BITS = {52, 48, 47, 42, 39};

  // Arm Architecture Reference Manual, C6.2.
  private static final int RET = 0xd65f03c0;
  private static final int RETAA = 0xd65f0bff;

  private final KernelMemory memory;
  private final KernelText text;
  private final SavedRegisters saved;

  Arm64Unwinder(LinuxKernel kernel, KernelText text) {
    this.memory = kernel.memory();
    this.text = text;
    List<String> names = new ArrayList<>();
    for (int i = 0; i <= 30; i++) {
      names.add("x" + i);
    }
    names.addAll(List.of("sp", "pc", "cpsr"));
    this.saved = new SavedRegisters(memory, names);
  }

  @Override
  public String stackPointer() {
    return "sp";
  }

  /** BL and BLR, the latter with or without authentication. */
  @Override
  public boolean followsCall(long returnAddress) {
    byte[] code = memory.upTo(returnAddress - INSTRUCTION, INSTRUCTION);
    if (code.length < INSTRUCTION) {
      return true;
    }
    int call = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return (call & 0xfc000000) == 0x94000000 || (call & 0xfefff000) == 0xd63f0000;
  }

  @Override
  public Step beyond(Frame frame) {
    OptionalLong pointer = frame.registers().value("x29");
    if (pointer.isEmpty()) {
      return Step.Stop.LOST;
    }
    Optional<Located> function = text.at(frame.lookupPc());
    boolean returned = frame.kind() == Frame.Kind.CALLER || frame.kind() == Frame.Kind.GUESSED;
    if (returned && function.filter(found -> isEntry(found)).isPresent()) {
      return interrupted(pointer.getAsLong());
    }
    OptionalLong link = frame.registers().value("x30");
    if (!returned
        && link.isPresent()
        && link.getAsLong() != frame.pc()
        && function.isPresent()
        && !hasRecord(function.get())) {
      long returnAddress = withoutCode(link.getAsLong());
      if (text.contains(returnAddress - 1)) {
        return caller(returnAddress, pointer.getAsLong(), frame.registers().get("sp"));
      }
    }
    return byRecord(pointer.getAsLong());
  }

  private static boolean isEntry(Located function) {
    return ENTRY.matcher(function.symbol().name()).matches();
  }

  private Step byRecord(long pointer) {
    OptionalLong next = memory.word(pointer);
    OptionalLong link = memory.word(pointer + WORD);
    if (pointer == 0 || (link.isPresent() && link.getAsLong() == 0)) {
      return Step.Stop.END;
    }
    if (next.isEmpty() || link.isEmpty()) {
      return Step.Stop.LOST;
    }
    long returnAddress = withoutCode(link.getAsLong());
    return text.contains(returnAddress - 1)
        ? caller(returnAddress, next.getAsLong(), pointer + 2 * WORD)
        : Step.Stop.LOST;
  }

  private static Step caller(long returnAddress, long pointer, long stack) {
    Map<String, Long> registers = new LinkedHashMap<>();
    registers.put("pc", returnAddress);
    registers.put("x29", pointer);
    registers.put("sp", stack);
    return new Step.To(
        new Frame(Frame.Kind.CALLER, pointer, returnAddress, new FrameRegisters(registers)));
  }

  /** A return address as it was before it was signed (Arm ARM, D8.10). */
  private long withoutCode(long signed) {
    for (int bits : ADDRESS_BITS) {
      long address = signed | -1L << bits;
      if (text.contains(address - 1)) {
        return address;
      }
    }
    return signed;
  }

  private Step interrupted(long record) {
    for (int offset : RECORD_IN_REGS) {
      Optional<FrameRegisters> regs = saved.read(record - offset);
      if (regs.isPresent()) {
        long state = regs.get().get("cpsr");
        long pc = regs.get().get("pc");
        boolean user = (state & EXCEPTION_LEVEL) == 0;
        boolean plausible =
            user ? Long.compareUnsigned(pc, USER_END) < 0 && pc != 0 : text.contains(pc);
        if (state >>> 32 == 0 && plausible) {
          Frame.Kind kind = user ? Frame.Kind.USER : Frame.Kind.INTERRUPTED;
          return new Step.To(new Frame(kind, regs.get().get("sp"), pc, regs.get()));
        }
      }
    }
    return byRecord(record);
  }

  /** Whether x29 points at the function's own record, by the instructions up to this one. */
  private boolean hasRecord(Located function) {
    if (function.offset() > MAX_FUNCTION) {
      return true;
    }
    byte[] bytes = memory.upTo(function.symbol().address(), (int) function.offset());
    // Instructions are little-endian whatever the data are.
    ByteBuffer code = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    boolean made = false;
    boolean leaving = false;
    while (code.remaining() >= INSTRUCTION) {
      int instruction = code.getInt();
      if ((instruction & 0xff8003ff) == 0x910003fd) {
        made = true; // add x29,sp,#
      } else if ((instruction & 0xfe407fff) == 0xa8407bfd) {
        leaving = true; // ldp x29,x30,[sp]
      } else if (instruction == RET
          || instruction == RETAA
          || (instruction & 0xfc000000) == 0x14000000) {
        leaving = false;
      }
    }
    return made && !leaving;
  }
}
