package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.arch.api.Architecture;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * Goes from one frame of a kernel stack to the next, on every architecture by what its kernel was
 * built for: tables, frame pointers, the code itself. Where that fails, the rest of the stack is
 * searched for return addresses, as the kernel does for the lines that it marks {@code ?}. Safe for
 * use by several threads.
 */
public final class Unwinding {
  /** The deepest stacks of real kernels have some hundred frames. */
  private static final int MAX_FRAMES = 1024;

  private final LinuxKernel kernel;
  private final KernelMemory memory;
  private final KernelText text;
  private final String programCounter;
  private final Unwinder unwinder;
  private int stackBytes;

  /**
   * @param unwinder how the kernel's frames are left
   */
  public Unwinding(LinuxKernel kernel, Architecture architecture, Unwinder unwinder) {
    this.kernel = kernel;
    this.memory = kernel.memory();
    this.text = new KernelText(kernel);
    this.programCounter = architecture.programCounter();
    this.unwinder = unwinder;
  }

  /**
   * The frames of a stack, the innermost first; none where the program counter is not known.
   *
   * @param userMode whether the registers are those of a user program
   */
  public List<Frame> unwind(FrameRegisters registers, boolean userMode) {
    OptionalLong pc = registers.value(programCounter);
    if (pc.isEmpty()) {
      return List.of();
    }
    OptionalLong sp = registers.value(unwinder.stackPointer());
    Frame.Kind kind = userMode ? Frame.Kind.USER : Frame.Kind.INNERMOST;
    List<Frame> frames = new ArrayList<>();
    frames.add(new Frame(kind, sp.orElse(0), pc.getAsLong(), registers));
    if (!follow(unwinder, frames)) {
      search(unwinder, frames);
    }
    return frames;
  }

  /**
   * The same from another place on.
   *
   * @param instruction where it is to begin; empty takes the word that the stack pointer leads to
   *     where that is given, else what the registers have
   * @param stack the stack pointer; empty takes that of the registers
   */
  public List<Frame> unwindFrom(
      FrameRegisters registers, OptionalLong instruction, OptionalLong stack) {
    FrameRegisters from = registers;
    OptionalLong pc = instruction;
    if (stack.isPresent()) {
      long sp = stack.getAsLong();
      if (pc.isEmpty()) {
        pc = memory.word(sp);
        sp += memory.wordBytes();
      }
      from = from.with(unwinder.stackPointer(), sp);
    }
    if (pc.isPresent()) {
      from = from.with(programCounter, pc.getAsLong());
    }
    return unwind(from, false);
  }

  /** The name of the register that is the stack pointer. */
  public String stackPointer() {
    return unwinder.stackPointer();
  }

  /** The function that a frame is in. */
  public Optional<Located> function(Frame frame) {
    return text.of(frame);
  }

  /**
   * Adds what is beyond the last frame.
   *
   * @return whether that led to the stack's beginning
   */
  private static boolean follow(Unwinder unwinder, List<Frame> frames) {
    Set<List<Long>> seen = new HashSet<>();
    while (frames.size() < MAX_FRAMES) {
      Frame last = frames.get(frames.size() - 1);
      if (last.kind() == Frame.Kind.USER) {
        return true;
      }
      if (!seen.add(List.of(last.place(), last.pc()))) {
        return false;
      }
      Step step = unwinder.beyond(last);
      if (!(step instanceof Step.To next)) {
        return step == Step.Stop.END;
      }
      frames.add(next.frame());
    }
    return true;
  }

  /**
   * Adds what looks like return addresses, up to one from which frames lead to the stack's
   * beginning.
   */
  private void search(Unwinder unwinder, List<Frame> frames) {
    Frame last = frames.get(frames.size() - 1);
    OptionalLong sp = last.registers().value(unwinder.stackPointer());
    if (sp.isPresent() && unwinder.isOnStack(last.registers())) {
      search(unwinder, frames, sp.getAsLong());
    }
  }

  /**
   * What a CPU was doing that is stopped at an exception vector and has not gone on to the kernel's
   * stack; empty where it is not, or the stack does not tell.
   *
   * @param stack its task's, the lowest address
   */
  public Optional<Interruption> interrupted(FrameRegisters cpu, long stack) {
    if (!text.isKnown() || unwinder.isOnStack(cpu)) {
      return Optional.empty();
    }
    ByteBuffer words = ByteBuffer.wrap(memory.upTo(stack, stackBytes()));
    return unwinder.interrupted(
        cpu, words.order(memory.byteOrder()), stack, this::leadsToBeginning);
  }

  private boolean leadsToBeginning(FrameRegisters caller) {
    long pc = caller.get(programCounter);
    long stack = caller.get(unwinder.stackPointer());
    List<Frame> frames = new ArrayList<>();
    frames.add(new Frame(Frame.Kind.CALLER, stack, pc, caller));
    return follow(unwinder, frames) && frames.size() > 1;
  }

  /** Adds what was interrupted, and what is beyond it. */
  public void follow(List<Frame> frames, Interruption interruption) {
    FrameRegisters registers = interruption.registers();
    frames.add(
        new Frame(Frame.Kind.INTERRUPTED, interruption.stack(), interruption.pc(), registers));
    follow(unwinder, frames);
  }

  /**
   * All words of a piece of memory that are addresses of code, in functions or where they begin, as
   * {@link Frame.Kind#GUESSED} frames.
   */
  public List<Frame> texts(long start, long length) {
    List<Frame> found = new ArrayList<>();
    int word = memory.wordBytes();
    byte[] stack = memory.upTo(start, (int) Math.min(length, stackBytes()));
    ByteBuffer words = ByteBuffer.wrap(stack).order(memory.byteOrder());
    for (int at = 0; at + word <= stack.length; at += word) {
      long value = memory.word(words, at);
      if (text.isFunction(value)) {
        found.add(guessed(unwinder, start + at, value));
      }
    }
    return found;
  }

  /** Bytes of the stack of a task. */
  public synchronized int stackBytes() {
    if (stackBytes == 0) {
      stackBytes = StackSize.of(kernel);
    }
    return stackBytes;
  }

  /**
   * Adds what looks like return addresses on the stack of a task whose registers do not tell where
   * on it it was.
   *
   * @param stack its lowest address
   */
  public void search(List<Frame> frames, long stack) {
    search(unwinder, frames, stack);
  }

  private void search(Unwinder unwinder, List<Frame> frames, long sp) {
    if (!text.isKnown()) {
      return;
    }
    int word = memory.wordBytes();
    int size = stackBytes();
    long start = (sp + word - 1) & -word;
    byte[] stack = memory.upTo(start, size - (int) (start & (size - 1)));
    ByteBuffer words = ByteBuffer.wrap(stack).order(memory.byteOrder());
    for (int at = 0; at + word <= stack.length && frames.size() < MAX_FRAMES; at += word) {
      long value = memory.word(words, at);
      if (text.isFunction(value - 1) && unwinder.followsCall(value)) {
        frames.add(guessed(unwinder, start + at, value));
        List<Frame> rest = new ArrayList<>(frames);
        boolean leadsToBeginning = follow(unwinder, rest);
        List<Frame> beyond = List.copyOf(rest.subList(frames.size(), rest.size()));
        // A word that only looked like one may also seem to be where a stack begins.
        if (leadsToBeginning && !beyond.isEmpty()) {
          frames.addAll(beyond);
          return;
        }
        if (interrupts(start + at, size, beyond)) {
          frames.addAll(beyond);
          search(unwinder, frames);
          return;
        }
      }
    }
  }

  /**
   * Whether what a return address leads to is what was interrupted, by its saved registers: they
   * belong to the same stack, further up, and to code that was called from there.
   *
   * @param place of the return address
   * @param size of the stack
   */
  private boolean interrupts(long place, int size, List<Frame> beyond) {
    if (beyond.size() < 2 || beyond.get(0).kind() != Frame.Kind.INTERRUPTED) {
      return false;
    }
    Frame first = beyond.get(0);
    OptionalLong sp = first.registers().value(unwinder.stackPointer());
    return text.isFunction(first.pc())
        && sp.isPresent()
        && Long.compareUnsigned(place, sp.getAsLong()) < 0
        && (place & -(long) size) == (sp.getAsLong() & -(long) size);
  }

  private Frame guessed(Unwinder unwinder, long place, long pc) {
    return new Frame(
        Frame.Kind.GUESSED,
        place,
        pc,
        new FrameRegisters(
            Map.of(programCounter, pc, unwinder.stackPointer(), place + memory.wordBytes())));
  }
}
