package org.vmcore.dumpreader.input;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * An input that answers small reads from blocks it has seen before: page tables, task structures
 * and symbol tables are read over and over, 8 bytes at a time, and a system call each would be most
 * of the cost. Larger reads go straight to the input.
 *
 * <p>A memory mapping would be faster still, but when a mapped file is cut short under us, HotSpot
 * reports it late: the copy returns as if it had worked, and the InternalError surfaces in
 * unrelated code later or not at all. Wrong bytes are worse than slow ones.
 *
 * <p>A block is kept when its slot is missed twice in a row by it, so reads that never return to a
 * place cost no more than themselves.
 */
public final class CachedInput implements DumpInput {
  private static final int BLOCK_SHIFT = 12;
  private static final int BLOCK_SIZE = 1 << BLOCK_SHIFT;

  /** Above this, copying twice costs about what the system call does. */
  private static final int LARGEST_SMALL_READ = 512;

  private final DumpInput input;
  private final int slotMask;
  private final AtomicReferenceArray<@Nullable Block> slots;
  private final AtomicIntegerArray lastMissed;

  @SuppressWarnings("ArrayRecordComponent") // Written once, never compared.
  private record Block(long number, byte[] bytes, int length) {}

  /**
   * @param cacheBytes bound of the blocks kept, 0 or more; too little for one block keeps none
   */
  public CachedInput(DumpInput input, long cacheBytes) {
    this.input = input;
    // No more slots than the input has blocks: a small file needs no large table.
    long blocks = (input.size() + BLOCK_SIZE - 1) >>> BLOCK_SHIFT;
    long slotCount =
        Long.highestOneBit(
            Math.min(Math.min(cacheBytes >>> BLOCK_SHIFT, 2 * blocks), Integer.MAX_VALUE));
    this.slotMask = (int) slotCount - 1;
    this.slots = new AtomicReferenceArray<>((int) slotCount);
    this.lastMissed = new AtomicIntegerArray((int) slotCount);
  }

  @Override
  public String name() {
    return input.name();
  }

  @Override
  public long size() {
    return input.size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    if (length > LARGEST_SMALL_READ || slotMask < 0) {
      return input.read(position, destination, offset, length);
    }
    int inBlock = (int) position & (BLOCK_SIZE - 1);
    int first = Math.min(length, BLOCK_SIZE - inBlock);
    int done = readInBlock(position, inBlock, destination, offset, first);
    if (done < first || done == length) {
      return done;
    }
    return done + readInBlock(position + done, 0, destination, offset + done, length - done);
  }

  @Override
  public boolean isFar() {
    return input.isFar();
  }

  @Override
  public void willRead(long position, long length) {
    input.willRead(position, length);
  }

  private int readInBlock(long position, int inBlock, byte[] destination, int offset, int length)
      throws IOException {
    long number = position >>> BLOCK_SHIFT;
    // The low bits of the block number: neighbours, which are used together, do not collide.
    int slot = (int) number & slotMask;
    Block block = slots.getAcquire(slot);
    if (block == null || block.number != number) {
      // Zero is a slot never missed, so block numbers count from one here. Wrong guesses by racing
      // threads, or from a number's upper half, only cost a read.
      int mark = (int) number + 1;
      if (lastMissed.getPlain(slot) != mark) {
        lastMissed.setPlain(slot, mark);
        return input.read(position, destination, offset, length);
      }
      byte[] bytes = new byte[BLOCK_SIZE];
      block = new Block(number, bytes, input.read(position - inBlock, bytes, 0, BLOCK_SIZE));
      slots.setRelease(slot, block);
    }
    int available = Math.max(0, Math.min(length, block.length - inBlock));
    System.arraycopy(block.bytes, inBlock, destination, offset, available);
    return available;
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
