package org.vmcore.remote;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of one remote file on the user's own disk, from one run to the next. It is only ever
 * appended to, by one process at a time; others read what was there when they came.
 *
 * <pre>
 * file  = { entry }                    all numbers big-endian
 * entry = magic u32, length u32, block u64, CRC-32C of the data u32, 0 u32, data
 * </pre>
 *
 * <p>An entry that is not whole, which a killed process leaves behind, ends the file. Nothing here
 * ever fails a read: what cannot be kept is fetched again.
 */
final class BlockStore implements Closeable {
  private static final int MAGIC = 0x564d4331;
  private static final int HEADER = 24;

  private final @Nullable FileChannel channel;
  private final boolean writes;
  private final long limit;
  private final Map<Long, Long> positions = new HashMap<>();
  private long end;

  private BlockStore(@Nullable FileChannel channel, boolean writes, long limit) {
    this.channel = channel;
    this.writes = writes;
    this.limit = limit;
  }

  /** One that keeps nothing. */
  static BlockStore none() {
    return new BlockStore(null, false, 0);
  }

  /**
   * Opens a file, or makes it.
   *
   * @param limit bytes that it may have
   */
  static BlockStore open(Path file, long limit) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            RemoteCache.OWNER_ONLY_FILE);
    try {
      @Nullable FileLock lock = lock(channel);
      BlockStore store = new BlockStore(channel, lock != null, limit);
      store.readIndex();
      if (lock != null && channel.size() > store.end) {
        channel.truncate(store.end);
      }
      return store;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Another dump of this process.
      return null;
    }
  }

  private void readIndex() throws IOException {
    FileChannel file = channel;
    if (file == null) {
      return;
    }
    long size = file.size();
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    while (end + HEADER <= size) {
      header.clear();
      if (!readFully(file, header, end)) {
        return;
      }
      header.flip();
      int length = header.getInt(4);
      if (header.getInt(0) != MAGIC
          || length < 1
          || length > RemoteInput.BLOCK
          || end + HEADER + length > size) {
        return;
      }
      positions.put(header.getLong(8), end);
      end += HEADER + length;
    }
  }

  private static boolean readFully(FileChannel file, ByteBuffer buffer, long position)
      throws IOException {
    while (buffer.hasRemaining()) {
      int got = file.read(buffer, position + buffer.position());
      if (got < 0) {
        return false;
      }
    }
    return true;
  }

  /** The block, if it is here and undamaged. */
  synchronized byte @Nullable [] get(long block, int length) {
    FileChannel file = channel;
    Long position = positions.get(block);
    if (file == null || position == null) {
      return null;
    }
    ByteBuffer entry = ByteBuffer.allocate(HEADER + length);
    try {
      if (readFully(file, entry, position)) {
        byte[] bytes = new byte[length];
        System.arraycopy(entry.array(), HEADER, bytes, 0, length);
        if (entry.getInt(4) == length && entry.getInt(16) == checksum(bytes)) {
          return bytes;
        }
      }
    } catch (IOException e) {
      // As if it were not here.
    }
    positions.remove(block);
    return null;
  }

  /** Keeps a block, if there is room for it. */
  synchronized void put(long block, byte[] bytes) {
    FileChannel file = channel;
    if (file == null
        || !writes
        || positions.containsKey(block)
        || end + HEADER + bytes.length > limit) {
      return;
    }
    ByteBuffer entry = ByteBuffer.allocate(HEADER + bytes.length);
    entry.putInt(MAGIC).putInt(bytes.length).putLong(block).putInt(checksum(bytes)).putInt(0);
    entry.put(bytes).flip();
    try {
      while (entry.hasRemaining()) {
        file.write(entry, end + entry.position());
      }
      positions.put(block, end);
      end += HEADER + bytes.length;
    } catch (IOException e) {
      // The disk is full: the next one that fits overwrites it.
    }
  }

  private static int checksum(byte[] bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  @Override
  public synchronized void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
