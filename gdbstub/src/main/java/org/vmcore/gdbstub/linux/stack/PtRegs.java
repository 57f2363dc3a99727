package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * The layout of a {@code struct pt_regs}, in which the kernel keeps the registers of what it
 * interrupted: words in a row.
 *
 * @param names gdb's, in the struct's order
 */
public record PtRegs(KernelMemory memory, List<String> names) {
  /**
   * @param names separated by blanks
   */
  public PtRegs(KernelMemory memory, String names) {
    this(memory, List.of(names.split(" ", -1)));
  }

  public int bytes() {
    return names.size() * memory.wordBytes();
  }

  /** The registers that are saved at an address; empty when they cannot be read. */
  public Optional<FrameRegisters> read(long address) {
    Optional<ByteBuffer> words = memory.bytes(address, bytes());
    if (words.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Long> values = new LinkedHashMap<>();
    for (String name : names) {
      values.put(name, memory.nextWord(words.get()));
    }
    return Optional.of(new FrameRegisters(values));
  }

  /**
   * The rule of code at which the registers are in memory.
   *
   * @param cfa the end of the structure
   * @param programCounter its name
   */
  public FrameRule rule(FrameRule.Place cfa, String programCounter) {
    Map<String, FrameRule.Where> where = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      long fromEnd = (long) i * memory.wordBytes() - bytes();
      where.put(names.get(i), new FrameRule.Where.Saved(fromEnd));
    }
    return new FrameRule(FrameRule.Beyond.REGISTERS, false, cfa, programCounter, false, where);
  }
}
