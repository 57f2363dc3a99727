package org.vmcore.gdbstub.linux.stack;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.linux.orc.Prologue;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * x86-64 by the kernel's ORC tables, which cross interrupts and their stacks as well. Code that
 * they leave out is known by its first instructions, or takes care of rbp as what BPF compiles to
 * does.
 */
final class OrcUnwinder implements Unwinder {
  private static final int WORD = Long.BYTES;

  /** The number of rbp in instructions. */
  private static final int RBP = 5;

  private static final int MAX_FUNCTION = 1 << 18;

  private final KernelMemory memory;
  private final KernelText text;
  private final List<Orc> tables;
  private final FramePointers pointers;
  private final SavedRegisters saved;
  private final SavedRegisters pushed;

  OrcUnwinder(LinuxKernel kernel, KernelText text, FramePointers pointers) {
    this.memory = kernel.memory();
    this.text = text;
    this.tables = kernel.orc();
    this.pointers = pointers;
    this.saved = new SavedRegisters(memory, SavedRegisters.X86_64);
    this.pushed = new SavedRegisters(memory, SavedRegisters.X86_64_HARDWARE);
  }

  @Override
  public String stackPointer() {
    return "rsp";
  }

  @Override
  public boolean followsCall(long returnAddress) {
    return X86Calls.precede(memory, returnAddress);
  }

  @Override
  public Step beyond(Frame frame) {
    Optional<Orc.Entry> entry = entry(frame.lookupPc());
    if (entry.isEmpty() || entry.get().type() == Orc.Type.UNDEFINED) {
      return leftOut(frame);
    }
    if (entry.get().type() == Orc.Type.END_OF_STACK) {
      return Step.Stop.END;
    }
    OptionalLong base = base(entry.get(), frame.registers());
    if (base.isEmpty()) {
      return Step.Stop.LOST;
    }
    return switch (entry.get().type()) {
      case CALL -> caller(entry.get(), frame.registers(), base.getAsLong());
      case REGS -> FramePointers.interrupted(saved.read(base.getAsLong()), "rip", "rsp");
      case REGS_PARTIAL -> partly(frame.registers(), base.getAsLong());
      default -> Step.Stop.LOST;
    };
  }

  /** Each table is of one stretch of code: the nearest entry below is that of the right one. */
  private Optional<Orc.Entry> entry(long pc) {
    Optional<Orc.Entry> nearest = Optional.empty();
    for (Orc table : tables) {
      Optional<Orc.Entry> found = table.at(pc);
      if (found.isPresent()
          && (nearest.isEmpty()
              || Long.compareUnsigned(found.get().start(), nearest.get().start()) > 0)) {
        nearest = found;
      }
    }
    return nearest;
  }

  private OptionalLong base(Orc.Entry entry, FrameRegisters registers) {
    int offset = entry.spOffset();
    return switch (entry.spBase()) {
      case SP -> sum(registers.value("rsp"), offset);
      case BP -> sum(registers.value("rbp"), offset);
      case BP_INDIRECT -> word(sum(registers.value("rbp"), offset));
      case SP_INDIRECT -> sum(word(registers.value("rsp")), offset);
      case R10 -> sum(registers.value("r10"), offset);
      case R13 -> sum(registers.value("r13"), offset);
      case DI -> sum(registers.value("rdi"), offset);
      case AX -> sum(registers.value("rax"), offset);
      case DX -> sum(registers.value("rdx"), offset);
      case PREV_SP, UNDEFINED -> OptionalLong.empty();
    };
  }

  private OptionalLong word(OptionalLong address) {
    return address.isPresent() ? memory.word(address.getAsLong()) : address;
  }

  private static OptionalLong sum(OptionalLong value, int offset) {
    return value.isPresent() ? OptionalLong.of(value.getAsLong() + offset) : value;
  }

  /**
   * @param top the caller's stack pointer
   */
  private Step caller(Orc.Entry entry, FrameRegisters registers, long top) {
    OptionalLong pointer =
        switch (entry.bpBase()) {
          case PREV_SP -> memory.word(top + entry.bpOffset());
          case BP -> word(sum(registers.value("rbp"), entry.bpOffset()));
          default -> registers.value("rbp");
        };
    return caller(top, pointer);
  }

  private Step caller(long top, OptionalLong pointer) {
    OptionalLong returnAddress = memory.word(top - WORD);
    if (returnAddress.isEmpty() || !text.contains(returnAddress.getAsLong() - 1)) {
      return Step.Stop.LOST;
    }
    Map<String, Long> registers = new LinkedHashMap<>();
    registers.put("rip", returnAddress.getAsLong());
    registers.put("rsp", top);
    pointer.ifPresent(value -> registers.put("rbp", value));
    return new Step.To(
        new Frame(
            Frame.Kind.CALLER,
            top - WORD,
            returnAddress.getAsLong(),
            new FrameRegisters(registers)));
  }

  /** Registers that the entry code has not saved yet are still what they were. */
  private Step partly(FrameRegisters registers, long place) {
    Optional<FrameRegisters> hardware = pushed.read(place);
    if (hardware.isEmpty()) {
      return Step.Stop.LOST;
    }
    Map<String, Long> all = new LinkedHashMap<>(registers.values());
    all.putAll(hardware.get().values());
    return FramePointers.interrupted(Optional.of(new FrameRegisters(all)), "rip", "rsp");
  }

  private Step leftOut(Frame frame) {
    OptionalLong sp = frame.registers().value("rsp");
    OptionalLong bp = frame.registers().value("rbp");
    if (sp.isEmpty()) {
      return Step.Stop.LOST;
    }
    if (frame.kind() != Frame.Kind.CALLER && !text.contains(frame.pc())) {
      // It was called at an address where no code is.
      Step caller = caller(sp.getAsLong() + WORD, bp);
      if (caller != Step.Stop.LOST) {
        return caller;
      }
    }
    Optional<Prologue> prologue = prologue(frame);
    if (prologue.isPresent()) {
      long top = sp.getAsLong() + prologue.get().frameBytes();
      int index = prologue.get().pushed().indexOf(RBP);
      return caller(top, index < 0 ? bp : memory.word(top - (index + 2L) * WORD));
    }
    return bp.isPresent() ? pointers.framed(bp.getAsLong(), sp.getAsLong()) : Step.Stop.LOST;
  }

  private Optional<Prologue> prologue(Frame frame) {
    Optional<Located> function = text.at(frame.lookupPc());
    if (function.isEmpty() || function.get().offset() > MAX_FUNCTION) {
      return Optional.empty();
    }
    long offset = function.get().offset();
    return Prologue.read(memory, function.get().symbol().address(), offset + 1)
        .filter(found -> offset >= found.bodyOffset());
  }
}
