package org.vmcore.arch.api;

import java.util.OptionalLong;

/** Tells instructions of one architecture apart and names them. Safe for use by several threads. */
public interface Disassembler {
  /**
   * An instruction.
   *
   * @param length in bytes
   * @param text as the GNU assembler takes it, without the target of a jump or call
   * @param target of a jump or call
   * @param reference address of memory that is named relative to the instruction
   */
  record Instruction(int length, String text, OptionalLong target, OptionalLong reference) {}

  /** Bytes that the longest instruction has. */
  int longest();

  /**
   * The instruction at an offset.
   *
   * @param code memory, of which the end may cut an instruction off
   * @param offset in it, of at least one byte
   * @param address of the instruction
   */
  Instruction at(byte[] code, int offset, long address);
}
