package org.vmcore.dumpreader.format.diskdump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.format.kdump.KdumpCompressed;
import org.vmcore.dumpreader.format.kdump.KdumpHeader;
import org.vmcore.dumpreader.page.MemoryImage;

/**
 * Dumps of Red Hat's diskdump for Linux 2.4 and 2.6, out of which kdump-compressed grew.
 *
 * <pre>
 * file = as kdump-compressed (see {@link KdumpCompressed}), with "DISKDUMP" for a signature, and a
 *        sub_header that holds registers in a form of the architecture's own
 * status: 1 dump has started but not ended, 2 in progress, 4 the device was too small,
 *        8 compressed
 * </pre>
 *
 * <p>It is read as such a file whose sub-header is empty; kernels of that time were not relocated.
 * Its registers are not read. What {@code diskdump} wrote to its partition, before {@code savecore}
 * took it from there, has another layout and is not meant. Source: crash's diskdump.c and
 * diskdump.h, and the driver's include/linux/diskdump.h.
 */
public final class Diskdump implements DumpFormat {
  private static final String SIGNATURE = "DISKDUMP";

  /** Any of started, in progress, device too small. */
  private static final int INCOMPLETE = 7;

  @Override
  public String name() {
    return "diskdump";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    if (!input.startsWith(SIGNATURE)) {
      return Optional.empty();
    }
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      for (int wordBits : new int[] {64, 32}) {
        AsKdump kdump = new AsKdump(input, order, wordBits);
        if (KdumpHeader.isBlockSize(kdump.blockSize())) {
          return new KdumpCompressed()
              .open(kdump, options)
              .map(dump -> new MemoryImage(info(dump.info()), dump.memory()));
        }
      }
    }
    throw new DamagedDumpException(
        input, KdumpHeader.statusOffset(64) + 4, "block_size", "is no page size");
  }

  private DumpInfo info(DumpInfo kdump) {
    return kdump.withFormat(name(), "as kdump-compressed");
  }

  /** The file with a kdump-compressed header in place of its own. */
  private static final class AsKdump implements DumpInput {
    private static final int MAIN = 512;

    private final DumpInput input;
    private final ByteBuffer main;
    private final int blockSize;

    AsKdump(DumpInput input, ByteOrder order, int wordBits)
        throws IOException, DamagedDumpException {
      this.input = input;
      this.main = ByteBuffer.wrap(input.readFully(0, MAIN, "disk_dump_header")).order(order);
      int statusAt = KdumpHeader.statusOffset(wordBits);
      this.blockSize = main.getInt(statusAt + 4);
      int status = main.getInt(statusAt);
      main.put(0, KdumpCompressed.SIGNATURE.getBytes(ISO_8859_1));
      main.putInt(KdumpHeader.VERSION_OFFSET, 1);
      main.putInt(statusAt, (status & INCOMPLETE) != 0 ? KdumpHeader.STATUS_INCOMPLETE : 0);
    }

    int blockSize() {
      return blockSize;
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
    public long storedBytes() {
      return input.storedBytes();
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) throws IOException {
      int got = input.read(position, destination, offset, length);
      for (int i = 0; i < got && position + i < 2L * blockSize; i++) {
        long at = position + i;
        if (at < MAIN) {
          destination[offset + i] = main.get((int) at);
        } else if (at >= blockSize) {
          destination[offset + i] = 0;
        }
      }
      return got;
    }

    @Override
    public void close() throws IOException {
      input.close();
    }
  }
}
