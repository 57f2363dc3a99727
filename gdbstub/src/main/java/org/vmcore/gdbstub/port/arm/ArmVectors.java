package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * Where a 32-bit arm CPU was that is stopped at an exception vector. Its r13 and r14 are those of
 * the exception's mode; the kernel's stack pointer is in no register that a dump has. But the
 * interrupted address is known, and so is what its function keeps on the stack: of all places there
 * the right one has a return address behind a call of this function, from where frames lead to the
 * stack's beginning.
 */
final class ArmVectors {
  private static final int WORD = Integer.BYTES;
  private static final long MODE = 0x1f;
  private static final long PAGE = 0xfff;

  /** Vectors with their modes and how far r14 is beyond the instruction (Arm ARM, B1.8, B1.9). */
  private static final List<Vector> VECTORS =
      List.of(
          new Vector(0x0c, 0x17, 4), // prefetch abort
          new Vector(0x10, 0x17, 8), // data abort
          new Vector(0x18, 0x12, 4), // IRQ
          new Vector(0x1c, 0x11, 4)); // FIQ

  private final KernelMemory memory;
  private final KernelText text;
  private final ArmCode code;
  private final ArmTables tables;
  private final ArmCalls calls;

  private record Vector(int offset, int mode, int linkOffset) {}

  ArmVectors(KernelMemory memory, KernelText text, ArmCode code, ArmTables tables) {
    this.memory = memory;
    this.text = text;
    this.code = code;
    this.tables = tables;
    this.calls = new ArmCalls(memory, code);
  }

  /**
   * The interrupted function's registers.
   *
   * @param cpu the registers at the vector
   * @param stack the task's, as far as memory has it
   * @param start its address
   * @param leads whether frames from a caller's registers lead to the stack's beginning
   * @return empty when the CPU is not at a vector, or no place on the stack fits
   */
  Optional<Interruption> interrupted(
      FrameRegisters cpu, ByteBuffer stack, long start, Predicate<FrameRegisters> leads) {
    OptionalLong pc = interruptedPc(cpu);
    Optional<Located> function = pc.isPresent() ? text.at(pc.getAsLong()) : Optional.empty();
    if (function.isEmpty() || !text.contains(pc.getAsLong())) {
      return Optional.empty();
    }
    long first = function.get().symbol().address();
    ArmFrame frame = ArmFrame.at(code, text, pc.getAsLong());
    // What was above the stack pointer is true; below it there may be old frames of the function.
    for (int at = (stack.limit() - WORD) & -WORD;
        at >= 0 && frame != ArmFrame.IN_PART;
        at -= WORD) {
      long place = start + at;
      FrameRegisters then = cpu.with("pc", pc.getAsLong());
      Optional<FrameRegisters> caller;
      if (frame == ArmFrame.MADE) {
        then = then.with("sp", place);
        FrameRegisters body = then;
        caller =
            tables
                .at(pc.getAsLong())
                .flatMap(ArmTables.Entry::rule)
                .flatMap(rule -> caller(rule, body));
      } else {
        // Its link register is lost, but not what it had when it was called before.
        long link = memory.word(stack, at);
        then = then.with("sp", place + WORD);
        caller = Optional.of(then.with("pc", link));
      }
      if (caller.isPresent() && called(first, caller.get()) && leads.test(caller.get())) {
        FrameRegisters found = then.with("lr", caller.get().get("pc"));
        return Optional.of(new Interruption(cpu.get("pc"), cpu.get("sp"), withoutState(found)));
      }
    }
    return Optional.empty();
  }

  /** Registers that a call need not keep are still those of the function, mostly. */
  private Optional<FrameRegisters> caller(FrameRule rule, FrameRegisters body) {
    return rule.apply(memory, body, "sp")
        .map(
            found -> {
              Map<String, Long> all = new LinkedHashMap<>(withoutState(body).values());
              all.putAll(found.values());
              all.remove("lr");
              return new FrameRegisters(all).with("pc", found.get("lr"));
            });
  }

  private static FrameRegisters withoutState(FrameRegisters registers) {
    Map<String, Long> values = new LinkedHashMap<>(registers.values());
    values.remove("cpsr");
    return new FrameRegisters(values);
  }

  private static OptionalLong interruptedPc(FrameRegisters cpu) {
    OptionalLong state = cpu.value("cpsr");
    OptionalLong link = cpu.value("lr");
    if (state.isEmpty() || link.isEmpty() || cpu.value("sp").isEmpty() || !cpu.has("pc")) {
      return OptionalLong.empty();
    }
    for (Vector vector : VECTORS) {
      if ((state.getAsLong() & MODE) == vector.mode()
          && (cpu.get("pc") & PAGE) == vector.offset()) {
        return OptionalLong.of(link.getAsLong() - vector.linkOffset());
      }
    }
    return OptionalLong.empty();
  }

  /** Whether the function was called from where the caller's program counter says it is. */
  private boolean called(long function, FrameRegisters caller) {
    long pc = caller.get("pc");
    if (!text.contains(pc - 1) || (code.set() == InstructionSet.ARM && (pc & 3) != 0)) {
      return false;
    }
    OptionalLong target = calls.target(pc & ~1L, caller);
    return target.isPresent() && target.getAsLong() == function;
  }
}
