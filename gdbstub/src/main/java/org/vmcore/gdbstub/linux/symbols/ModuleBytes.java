package org.vmcore.gdbstub.linux.symbols;

import java.nio.ByteBuffer;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * The bytes of a {@code struct module} whose type is not known. Beyond what could be read there are
 * zeros.
 */
final class ModuleBytes {
  /** More than a struct module has on any kernel. */
  static final int MAX_STRUCTURE = 4096;

  private final KernelMemory memory;
  private final long structure;
  private final ByteBuffer bytes;

  /**
   * @param structure its address
   */
  ModuleBytes(KernelMemory memory, long structure) {
    this.memory = memory;
    this.structure = structure;
    this.bytes = ByteBuffer.wrap(memory.upTo(structure, MAX_STRUCTURE)).order(memory.byteOrder());
  }

  KernelMemory memory() {
    return memory;
  }

  /** Its address. */
  long structure() {
    return structure;
  }

  /** Bytes of a pointer. */
  int wordBytes() {
    return memory.wordBytes();
  }

  /** Behind the last byte that could be read. */
  int end() {
    return bytes.limit();
  }

  /** The pointer or {@code unsigned long} at an offset. */
  long word(int offset) {
    return offset >= 0 && offset + wordBytes() <= bytes.limit() ? memory.word(bytes, offset) : 0;
  }

  /** The {@code unsigned int} at an offset. */
  long uint32(int offset) {
    return offset >= 0 && offset + Integer.BYTES <= bytes.limit()
        ? Integer.toUnsignedLong(bytes.getInt(offset))
        : 0;
  }
}
