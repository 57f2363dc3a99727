package org.vmcore.gdbstub.linux.stack;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * How to leave a frame at one instruction: what call-frame information says of it (DWARF 4
 * standard, 6.4). {@code monitor bt} applies it, and debuggers are given it as {@code
 * .debug_frame}: there is one rule, wherever it was read from.
 *
 * @param beyond what is on the other side
 * @param signal whether the caller was interrupted rather than called from, or is on another stack,
 *     of which debuggers have but one word
 * @param cfa the canonical frame address
 * @param returnAddress the register whose value in the caller is where it goes on
 * @param signed whether that value carries arm64's authentication code
 * @param registers where the caller's registers are, by gdb's names; what is not named is not known
 */
public record FrameRule(
    Beyond beyond,
    boolean signal,
    Place cfa,
    String returnAddress,
    boolean signed,
    Map<String, Where> registers) {

  /** What is on the other side of a frame. */
  public enum Beyond {
    /** The function that called it. */
    CALLER,
    /** What was interrupted, with all its registers in a {@code struct pt_regs}. */
    REGISTERS,
    /** Nothing: the stack begins here. */
    NOBODY
  }

  /** An address, or a value, that a register of the frame tells. */
  public sealed interface Place {
    /** The register plus an offset. */
    record By(String register, long offset) implements Place {}

    /** What a word in memory at the register plus an offset says, plus another. */
    record Pointed(String register, long offset, long added) implements Place {}

    /** The value; empty where the register is not known, or memory cannot be read. */
    default OptionalLong value(KernelMemory memory, FrameRegisters frame) {
      if (this instanceof By by) {
        OptionalLong base = frame.value(by.register());
        return base.isPresent()
            ? OptionalLong.of(memory.truncate(base.getAsLong() + by.offset()))
            : base;
      }
      Pointed pointed = (Pointed) this;
      OptionalLong base = frame.value(pointed.register());
      OptionalLong word =
          base.isPresent() ? memory.word(base.getAsLong() + pointed.offset()) : base;
      return word.isPresent()
          ? OptionalLong.of(memory.truncate(word.getAsLong() + pointed.added()))
          : word;
    }
  }

  /** Where the caller's value of a register is. */
  public sealed interface Where {
    /** In the same register still. */
    enum Same implements Where {
      SAME
    }

    /** Nowhere. */
    enum Lost implements Where {
      LOST
    }

    /** In memory, at an offset from the canonical frame address. */
    record Saved(long fromCfa) implements Where {}

    /** In memory, elsewhere. */
    record SavedAt(Place place) implements Where {}

    /** It is this itself. */
    record Is(Place value) implements Where {}

    /**
     * One of several values, by what a register of the frame is; 0 where none fits.
     *
     * @param by the register
     */
    record OneOf(String by, Map<Long, Long> values) implements Where {}
  }

  public FrameRule {
    registers = Collections.unmodifiableMap(new LinkedHashMap<>(registers));
  }

  /** Of a function that was called. */
  public static FrameRule caller(Place cfa, String returnAddress) {
    return new FrameRule(Beyond.CALLER, false, cfa, returnAddress, false, Map.of());
  }

  /** Of code that nobody called. */
  public static FrameRule nobody(Place cfa, String returnAddress) {
    return new FrameRule(
        Beyond.NOBODY, false, cfa, returnAddress, false, Map.of(returnAddress, Where.Lost.LOST));
  }

  /** The same with a register of the caller. */
  public FrameRule with(String register, Where where) {
    Map<String, Where> more = new LinkedHashMap<>(registers);
    more.put(register, where);
    return new FrameRule(beyond, signal, cfa, returnAddress, signed, more);
  }

  public FrameRule with(Map<String, Where> others) {
    Map<String, Where> more = new LinkedHashMap<>(registers);
    more.putAll(others);
    return new FrameRule(beyond, signal, cfa, returnAddress, signed, more);
  }

  /** The same with another canonical frame address. */
  public FrameRule by(Place other) {
    return new FrameRule(beyond, signal, other, returnAddress, signed, registers);
  }

  public FrameRule asSignal(boolean is) {
    return new FrameRule(beyond, is, cfa, returnAddress, signed, registers);
  }

  public FrameRule asSigned(boolean is) {
    return new FrameRule(beyond, signal, cfa, returnAddress, is, registers);
  }

  /** The canonical frame address of a frame. */
  public OptionalLong cfa(KernelMemory memory, FrameRegisters frame) {
    return cfa.value(memory, frame);
  }

  /**
   * The caller's registers, as far as they can be told.
   *
   * @param stackPointer whose value in the caller is the canonical frame address, where no rule
   *     says otherwise
   * @return empty where it cannot be told where the caller goes on
   */
  public Optional<FrameRegisters> apply(
      KernelMemory memory, FrameRegisters frame, String stackPointer) {
    OptionalLong base = cfa(memory, frame);
    if (base.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Long> found = new LinkedHashMap<>();
    registers.forEach(
        (name, where) -> {
          OptionalLong value = value(memory, frame, base.getAsLong(), name, where);
          value.ifPresent(known -> found.put(name, known));
        });
    if (!registers.containsKey(stackPointer)) {
      found.put(stackPointer, base.getAsLong());
    }
    // Of a pt_regs that cannot be read whole nothing is believed.
    boolean whole = beyond != Beyond.REGISTERS || found.keySet().containsAll(savedRegisters());
    return whole && found.containsKey(returnAddress)
        ? Optional.of(new FrameRegisters(found))
        : Optional.empty();
  }

  private List<String> savedRegisters() {
    return registers.entrySet().stream()
        .filter(register -> register.getValue() instanceof Where.Saved)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static OptionalLong value(
      KernelMemory memory, FrameRegisters frame, long base, String name, Where where) {
    if (where instanceof Where.Saved saved) {
      return memory.word(base + saved.fromCfa());
    }
    if (where instanceof Where.SavedAt at) {
      OptionalLong address = at.place().value(memory, frame);
      return address.isPresent() ? memory.word(address.getAsLong()) : address;
    }
    if (where instanceof Where.Is is) {
      return is.value().value(memory, frame);
    }
    if (where instanceof Where.OneOf one) {
      OptionalLong key = frame.value(one.by());
      Long value = key.isPresent() ? one.values().get(key.getAsLong()) : null;
      return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }
    return where == Where.Same.SAME ? frame.value(name) : OptionalLong.empty();
  }
}
