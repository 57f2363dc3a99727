package org.vmcore.gdbstub.linux.log;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * A part of memory that is read from front to back: many bytes at once, as a read is slow however
 * short it is, and never more than that, as the dump says how long the part is.
 */
final class LogWindow {
  private static final int WINDOW = 1 << 18;

  /**
   * The smallest page of any kernel; what follows an unreadable byte in it cannot be read either.
   */
  private static final int PAGE = 1 << 12;

  private final KernelMemory memory;
  private final long start;
  private final long length;
  private ByteBuffer window = ByteBuffer.allocate(0);
  private long windowAt;
  private long holeAt;
  private long holeEnd;

  /**
   * @param start its virtual address
   * @param length bytes
   */
  LogWindow(KernelMemory memory, long start, long length) {
    this.memory = memory;
    this.start = start;
    this.length = length;
  }

  /** Bytes that begin at an offset; empty where not all are in the part and in the dump. */
  Optional<ByteBuffer> bytes(long offset, int count) {
    if (offset < 0 || count > length - offset) {
      return Optional.empty();
    }
    if (!holds(offset, count)) {
      if (offset < holeEnd && offset + count > holeAt) {
        return Optional.empty();
      }
      int wanted = (int) Math.min(length - offset, Math.max(count, WINDOW));
      window = ByteBuffer.wrap(memory.upTo(start + offset, wanted));
      windowAt = offset;
      if (window.capacity() < wanted) {
        holeAt = offset + window.capacity();
        holeEnd = ((start + holeAt) | (PAGE - 1)) + 1 - start;
      }
      if (!holds(offset, count)) {
        return Optional.empty();
      }
    }
    return Optional.of(window.slice((int) (offset - windowAt), count).order(memory.byteOrder()));
  }

  private boolean holds(long offset, int count) {
    return offset >= windowAt && offset + count <= windowAt + window.capacity();
  }
}
