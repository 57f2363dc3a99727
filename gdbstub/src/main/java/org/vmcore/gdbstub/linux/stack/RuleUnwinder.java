package org.vmcore.gdbstub.linux.stack;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Leaves frames by the rules of their code. Where these are not known, or lead nowhere, the port
 * may know a way that only the stack itself tells. Never throws, whatever memory holds.
 */
public abstract class RuleUnwinder implements Unwinder {
  private final KernelMemory memory;
  private final KernelText text;
  private final CodeRules rules;
  private final String programCounter;
  private final String stackPointer;

  /** Of what registers are that were saved when something was interrupted. */
  public enum Interrupted {
    USER,
    KERNEL,
    /** Those of a thread of the kernel, which never was in user mode: its stack begins there. */
    NOTHING,
    /** None at all. */
    UNKNOWN
  }

  protected RuleUnwinder(
      KernelMemory memory,
      KernelText text,
      CodeRules rules,
      String programCounter,
      String stackPointer) {
    this.memory = memory;
    this.text = text;
    this.rules = rules;
    this.programCounter = programCounter;
    this.stackPointer = stackPointer;
  }

  protected final KernelMemory memory() {
    return memory;
  }

  protected final KernelText text() {
    return text;
  }

  @Override
  public final String stackPointer() {
    return stackPointer;
  }

  @Override
  public final CodeRules rules() {
    return rules;
  }

  /** The instruction that a frame is at, or in a call of which it is. */
  protected long lookup(Frame frame) {
    return frame.lookupPc();
  }

  protected abstract Interrupted interrupted(FrameRegisters saved);

  /** The place of a caller on the stack, as crash tells it. */
  protected long place(long cfa, FrameRegisters caller) {
    return caller.get(stackPointer);
  }

  /** A return address as it was before it was signed. */
  protected long withoutCode(long returnAddress) {
    return returnAddress;
  }

  /** A way on that the rules do not tell. */
  protected Step otherwise(Frame frame) {
    return Step.Stop.LOST;
  }

  @Override
  public Step beyond(Frame frame) {
    Optional<FrameRule> rule = rules.at(lookup(frame));
    Step step = rule.isPresent() ? follow(rule.get(), frame) : Step.Stop.LOST;
    return step == Step.Stop.LOST ? otherwise(frame) : step;
  }

  /** What a rule says is beyond a frame. */
  protected final Step follow(FrameRule rule, Frame frame) {
    if (rule.beyond() == FrameRule.Beyond.NOBODY) {
      return Step.Stop.END;
    }
    OptionalLong cfa = rule.cfa(memory, frame.registers());
    Optional<FrameRegisters> found = rule.apply(memory, frame.registers(), stackPointer);
    if (cfa.isEmpty() || found.isEmpty()) {
      return Step.Stop.LOST;
    }
    if (rule.beyond() == FrameRule.Beyond.REGISTERS) {
      return saved(found.get());
    }
    Map<String, Long> registers = new LinkedHashMap<>(found.get().values());
    // The caller's own return address is in the link register no more.
    Long link = registers.remove(rule.returnAddress());
    return link == null
        ? Step.Stop.LOST
        : caller(withoutCode(link), cfa.getAsLong(), new FrameRegisters(registers));
  }

  /**
   * A function that called.
   *
   * @param cfa of the frame that it called
   * @param registers of the caller, but for where it goes on
   */
  protected final Step caller(long returnAddress, long cfa, FrameRegisters registers) {
    if (!text.contains(returnAddress - 1)) {
      return Step.Stop.LOST;
    }
    FrameRegisters all = registers.with(programCounter, returnAddress);
    return new Step.To(new Frame(Frame.Kind.CALLER, place(cfa, all), returnAddress, all));
  }

  /** What was interrupted when these were saved. */
  protected final Step saved(FrameRegisters saved) {
    if (!saved.has(programCounter) || !saved.has(stackPointer)) {
      return Step.Stop.LOST;
    }
    return switch (interrupted(saved)) {
      case NOTHING -> Step.Stop.END;
      case UNKNOWN -> Step.Stop.LOST;
      case USER -> interruptedFrame(Frame.Kind.USER, saved);
      case KERNEL -> interruptedFrame(Frame.Kind.INTERRUPTED, saved);
    };
  }

  private Step interruptedFrame(Frame.Kind kind, FrameRegisters saved) {
    return new Step.To(new Frame(kind, saved.get(stackPointer), saved.get(programCounter), saved));
  }
}
