package org.vmcore.dumpreader.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.format.kdump.KdumpCompressed;
import org.vmcore.dumpreader.format.kdump.KdumpHeader;
import org.vmcore.dumpreader.format.kdump.PageDescriptor;
import org.vmcore.dumpreader.page.PageBitmap;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.page.ParallelWork;

/**
 * Writes any dump as a kdump-compressed file, see {@link KdumpCompressed} for the format.
 *
 * <p>The format knows whole pages only: a page of which the source has a part is written with zeros
 * in the rest. A page that the source lost or that is damaged there gets a blank descriptor, as
 * makedumpfile leaves it when the disk is full, and the file is marked incomplete. 32-bit dumps are
 * written as QEMU does: packed sub-header, pages counted from 0.
 *
 * <p>Memory needed: two bits per page of the machine, and four batches of 256 pages.
 */
public final class KdumpWriter {
  /** Pages that are read and compressed together, then written in order. */
  private static final int BATCH_PAGES = 256;

  private static final int PIECE_PAGES = 16;

  /** In place of a size: a page of zeros, and one that cannot be read. */
  private static final int ZERO = 0;

  private static final int LOST = -1;

  private final PageCodec codec;
  private final Progress progress;
  private final int version;

  /**
   * What was written.
   *
   * @param fileSize bytes
   * @param lostPages pages that the source should have and could not give; they have blank
   *     descriptors
   * @param filledPages pages of which the source has a part; the rest is zeros
   */
  public record Result(long fileSize, long lostPages, long filledPages) {}

  /** Writes the newest header version with all pages that shrink compressed by {@code codec}. */
  public KdumpWriter(PageCodec codec, Progress progress) {
    this(codec, progress, KdumpHeader.NEWEST_VERSION);
  }

  public KdumpWriter(PageCodec codec, Progress progress, int version) {
    this.codec = codec;
    this.progress = progress;
    this.version = version;
  }

  /** Writes to a new file, or over the file of that name. */
  public Result write(Dump dump, Path file) throws IOException {
    try (SeekableByteChannel out =
        Files.newByteChannel(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      return write(dump, out);
    }
  }

  /**
   * Writes from the start of {@code out}, and does not close it.
   *
   * @throws IOException when writing fails, or the memory described is too wide for bitmaps
   */
  public Result write(Dump dump, SeekableByteChannel out) throws IOException {
    return new Run(dump, out).write();
  }

  private final class Run {
    private final Dump dump;
    private final SeekableByteChannel out;
    private final KdumpHeaderImage header;
    private final int pageSize;
    private final PageBitmap dumped;
    private final byte[] zeroPage;
    private final ByteBuffer descriptors;
    private long descriptorsAt;
    private long dataAt;
    private long zeroPageAt = -1;
    private long done;
    private long lost;
    private final AtomicLong filled = new AtomicLong();

    Run(Dump dump, SeekableByteChannel out) throws IOException {
      this.dump = dump;
      this.out = out;
      header = new KdumpHeaderImage(dump, codec, version);
      pageSize = header.pageSize();
      dumped = header.dumped();
      zeroPage = new byte[pageSize];
      descriptors =
          ByteBuffer.allocate(BATCH_PAGES * PageDescriptor.BYTES).order(dump.info().byteOrder());
      descriptorsAt = header.descriptorsAt();
      dataAt = descriptorsAt + dumped.count() * PageDescriptor.BYTES;
    }

    Result write() throws IOException {
      put(0, header.bytes(false));
      header.writeBitmaps(this::put);
      byte[] pages = new byte[BATCH_PAGES * pageSize];
      long page = dumped.next(0);
      while (page < dumped.pages()) {
        int count = dumped.run(page, BATCH_PAGES);
        writeBatch(page, count, pages);
        done += count;
        progress.update("writing pages", done, dumped.count());
        page = dumped.next(page + count);
      }
      if (lost > 0) {
        put(0, header.bytes(true));
      }
      return new Result(dataAt, lost, filled.get());
    }

    /** Writes a run of pages: compresses them on all cores, then lays them down one by one. */
    private void writeBatch(long first, int count, byte[] pages) throws IOException {
      byte[] compressed = new byte[count * pageSize];
      int[] sizes = new int[count];
      long start = first * pageSize;
      // One read for the run where all of it is there; it uses all cores itself.
      boolean whole = dump.memory().read(start, pages, 0, count * pageSize).isComplete();
      ParallelWork.run(
          (count + PIECE_PAGES - 1) / PIECE_PAGES,
          piece -> {
            byte[] page = new byte[pageSize];
            byte[] scratch = new byte[codec.maxCompressed(pageSize)];
            int end = Math.min(count, (piece + 1) * PIECE_PAGES);
            for (int i = piece * PIECE_PAGES; i < end; i++) {
              int at = i * pageSize;
              if (!whole && !readPartly(start + at, pages, at)) {
                sizes[i] = LOST;
              } else if (Arrays.equals(pages, at, at + pageSize, zeroPage, 0, pageSize)) {
                sizes[i] = ZERO;
              } else {
                System.arraycopy(pages, at, page, 0, pageSize);
                int size = codec.compress(page, scratch);
                sizes[i] = Math.min(size, pageSize);
                System.arraycopy(size < pageSize ? scratch : page, 0, compressed, at, sizes[i]);
              }
            }
          });
      layDown(compressed, sizes);
    }

    private void layDown(byte[] compressed, int[] sizes) throws IOException {
      descriptors.clear();
      ByteBuffer data = ByteBuffer.allocate((sizes.length + 1) * pageSize);
      for (int i = 0; i < sizes.length; i++) {
        long end = dataAt + data.position();
        if (sizes[i] == LOST) {
          lost++;
          describe(0, 0, PageCodec.PLAIN);
        } else if (sizes[i] == ZERO) {
          if (zeroPageAt < 0) {
            zeroPageAt = end;
            data.put(zeroPage);
          }
          describe(zeroPageAt, pageSize, PageCodec.PLAIN);
        } else {
          data.put(compressed, i * pageSize, sizes[i]);
          describe(end, sizes[i], sizes[i] < pageSize ? codec : PageCodec.PLAIN);
        }
      }
      put(descriptorsAt, descriptors.flip());
      descriptorsAt += descriptors.limit();
      put(dataAt, data.flip());
      dataAt += data.limit();
    }

    private void describe(long offset, int size, PageCodec stored) {
      descriptors.putLong(offset).putInt(size).putInt(stored.flag()).putLong(0);
    }

    /** Reads what there is of a page; false when the source should have more of it and has not. */
    private boolean readPartly(long physicalAddress, byte[] out, int offset) {
      Arrays.fill(out, offset, offset + pageSize, (byte) 0);
      long end = physicalAddress + pageSize;
      long at = physicalAddress;
      while (at != PhysicalMemory.NONE && at < end) {
        int inPage = (int) (at - physicalAddress);
        PhysicalRead read = dump.memory().read(at, out, offset + inPage, pageSize - inPage);
        PhysicalFault fault = read.fault();
        if (fault == null) {
          return true;
        }
        switch (fault.reason()) {
          case TRUNCATED, CORRUPT, IO_ERROR -> {
            return false;
          }
          case FILTERED, NOT_IN_DUMP -> {
            // What a read stored past its end is unspecified.
            Arrays.fill(out, offset + inPage + read.length(), offset + pageSize, (byte) 0);
            long next = dump.memory().nextPresent(at + read.length());
            if (next == at + read.length()) {
              return false;
            }
            at = next;
          }
        }
      }
      filled.incrementAndGet();
      return true;
    }

    private void put(long position, ByteBuffer bytes) throws IOException {
      out.position(position);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }
}
