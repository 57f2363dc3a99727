package org.vmcore.dumpreader.format.kdump;

import static org.vmcore.dumpreader.api.PhysicalFault.Reason.CORRUPT;
import static org.vmcore.dumpreader.api.PhysicalFault.Reason.IO_ERROR;
import static org.vmcore.dumpreader.api.PhysicalFault.Reason.TRUNCATED;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.page.PageBitmap;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.page.PageUnreadableException;

/**
 * The page descriptors and page data of a kdump-compressed file, addressed by rank: the number of a
 * page among those that have a descriptor there. Keeps nothing but the place of the zero page.
 */
final class KdumpPages {
  /** Descriptors are read this many at a time. */
  private static final int DESCRIPTORS_PER_READ = 2048;

  /** All are fetched at once where they take no more bytes than this. */
  private static final int FEW_DESCRIPTORS = 2 << 20;

  /** Neighbouring compressed pages are read in slices of at most this many bytes. */
  private static final int SLICE_BYTES = 256 << 10;

  /** Of the data of pages that follow each other; more are a file that was made to have many. */
  private static final int MOST_PIECES = 16;

  /** A thread's buffers for compressed data and descriptors. */
  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private static final class Scratch {
    byte[] data = new byte[SLICE_BYTES];
    byte[] descriptors = new byte[DESCRIPTORS_PER_READ * PageDescriptor.BYTES];
  }

  private final DumpInput input;
  private final ByteOrder byteOrder;
  private final int pageSize;
  private final long pageCount;
  private final boolean incomplete;
  private final long descriptorsAt;
  private final long dataAt;
  private final long longestOffset;
  private final byte[] zeroPage;

  /**
   * Where the data of the zero page is, once a page was found to be it: makedumpfile -d 1 and QEMU
   * let all zero pages share their data.
   */
  private volatile long zeroPageAt = -1;

  /**
   * @param pageCount how many pages have a descriptor here
   * @param allPages how many of the whole dump have one: makedumpfile may leave room for them in
   *     each part of a split dump
   * @param incomplete whether makedumpfile is known not to have finished
   */
  KdumpPages(
      DumpInput input, KdumpHeader header, long pageCount, long allPages, boolean incomplete) {
    this.input = input;
    this.byteOrder = header.byteOrder();
    this.pageSize = header.block_size();
    this.pageCount = pageCount;
    this.incomplete = incomplete;
    this.descriptorsAt = header.descriptorOffset();
    this.dataAt = descriptorsAt + pageCount * PageDescriptor.BYTES;
    // No page takes more than its own size, so a whole file could not be longer than this.
    this.longestOffset =
        descriptorsAt + allPages * PageDescriptor.BYTES + (pageCount + 1) * pageSize;
    this.zeroPage = new byte[pageSize];
    if (pageCount * PageDescriptor.BYTES <= FEW_DESCRIPTORS) {
      input.willRead(descriptorsAt, pageCount * PageDescriptor.BYTES);
    }
  }

  /** One page; callers must not change the bytes. */
  byte[] page(long rank) throws PageUnreadableException {
    Scratch scratch = SCRATCH.get();
    PageDescriptor descriptor = PageDescriptor.at(descriptors(scratch, rank, 1), 0);
    if (isZeroPage(descriptor)) {
      return zeroPage;
    }
    check(descriptor);
    byte[] page = new byte[pageSize];
    if (descriptor.isPlain()) {
      readData(descriptor.offset(), page, 0, pageSize);
      return learnZeroPage(descriptor, page, 0) ? zeroPage : page;
    }
    readData(descriptor.offset(), scratch.data, 0, descriptor.size());
    decompress(descriptor, scratch.data, 0, page, 0);
    return page;
  }

  /** How far {@link #pages} came, and why not further. */
  record Outcome(int pages, @Nullable PageUnreadableException problem) {}

  /** Stores consecutive pages one after the other, up to the first that cannot be read. */
  Outcome pages(long rank, int count, byte[] out, int offset) {
    int done = 0;
    try {
      while (done < count) {
        Scratch scratch = SCRATCH.get();
        ByteBuffer descriptors =
            descriptors(scratch, rank + done, Math.min(count - done, DESCRIPTORS_PER_READ));
        int batch = descriptors.limit() / PageDescriptor.BYTES;
        for (int i = 0; i < batch; ) {
          int pages = slice(descriptors, i, batch, scratch, out, offset + done * pageSize);
          i += pages;
          done += pages;
        }
      }
      return new Outcome(done, null);
    } catch (SliceStoppedException e) {
      return new Outcome(done + e.pages, e.problem);
    } catch (PageUnreadableException e) {
      return new Outcome(done, e);
    }
  }

  /** Some pages of a slice were stored before one could not be. */
  private static final class SliceStoppedException extends Exception {
    final int pages;
    final PageUnreadableException problem;

    SliceStoppedException(int pages, PageUnreadableException problem) {
      super(null, problem, false, false);
      this.pages = pages;
      this.problem = problem;
    }
  }

  /**
   * Stores the pages from descriptor {@code first} on whose data lies together in the file, reading
   * that data at once.
   *
   * @return how many pages, at least 1
   */
  private int slice(
      ByteBuffer descriptors, int first, int limit, Scratch scratch, byte[] out, int offset)
      throws PageUnreadableException, SliceStoppedException {
    PageDescriptor head = PageDescriptor.at(descriptors, first * PageDescriptor.BYTES);
    if (isZeroPage(head)) {
      Arrays.fill(out, offset, offset + pageSize, (byte) 0);
      return 1;
    }
    check(head);
    boolean plain = head.isPlain();
    long end = head.end();
    int pages = 1;
    int bytesLimit = plain ? Integer.MAX_VALUE - SLICE_BYTES : SLICE_BYTES;
    while (first + pages < limit) {
      PageDescriptor next = PageDescriptor.at(descriptors, (first + pages) * PageDescriptor.BYTES);
      if (next.offset() != end
          || next.isPlain() != plain
          || problem(next) != null
          || next.end() - head.offset() > bytesLimit) {
        break;
      }
      end = next.end();
      pages++;
    }
    if (plain) {
      readData(head.offset(), out, offset, pages * pageSize);
      learnZeroPage(head, out, offset);
      return pages;
    }
    readData(head.offset(), scratch.data, 0, (int) (end - head.offset()));
    for (int i = 0; i < pages; i++) {
      PageDescriptor page = PageDescriptor.at(descriptors, (first + i) * PageDescriptor.BYTES);
      int at = (int) (page.offset() - head.offset());
      try {
        decompress(page, scratch.data, at, out, offset + i * pageSize);
      } catch (PageUnreadableException e) {
        throw new SliceStoppedException(i, e);
      }
    }
    return pages;
  }

  /**
   * Says, where that matters, that pages will be read: both their descriptors, which are read here,
   * and their data. That is together, but for pages that share theirs with one before.
   */
  void willRead(long rank, int count) {
    if (!input.isFar()) {
      return;
    }
    input.willRead(
        descriptorsAt + rank * PageDescriptor.BYTES, (long) count * PageDescriptor.BYTES);
    long first = 0;
    long end = 0;
    int pieces = 0;
    try {
      for (int done = 0; done < count; ) {
        ByteBuffer descriptors =
            descriptors(SCRATCH.get(), rank + done, Math.min(count - done, DESCRIPTORS_PER_READ));
        for (int at = 0; at < descriptors.limit(); at += PageDescriptor.BYTES) {
          PageDescriptor page = PageDescriptor.at(descriptors, at);
          done++;
          if (problem(page) != null || page.offset() < end) {
            continue;
          }
          if (page.offset() > end + pageSize) {
            expect(first, end);
            first = page.offset();
            if (++pieces > MOST_PIECES) {
              return;
            }
          }
          end = page.end();
        }
      }
    } catch (PageUnreadableException e) {
      // Whoever reads them is told.
      return;
    }
    expect(first, end);
  }

  private void expect(long first, long end) {
    if (end > first) {
      input.willRead(first, end - first);
    }
  }

  /**
   * Marks those of the dumped pages whose data the file has. Reads all descriptors and no data; a
   * page whose descriptor says nonsense counts as held, for it is damaged rather than lost.
   *
   * @param first the first page that may have a descriptor here
   * @param end the page after the last one
   * @param held of all pages
   */
  void markHeld(PageBitmap dumped, long first, long end, PageBitmap.Builder held)
      throws IOException {
    byte[] bytes = new byte[Long.SIZE * PageDescriptor.BYTES];
    ByteBuffer descriptors = ByteBuffer.wrap(bytes).order(byteOrder);
    long at = descriptorsAt;
    for (long wordStart = first & -Long.SIZE; wordStart < end; wordStart += Long.SIZE) {
      long rest = dumped.word(wordStart / Long.SIZE);
      if (wordStart < first) {
        rest &= -1L << (first - wordStart);
      }
      if (end - wordStart < Long.SIZE) {
        rest &= ~(-1L << (end - wordStart));
      }
      int length = Long.bitCount(rest) * PageDescriptor.BYTES;
      int whole = input.read(at, bytes, 0, length) / PageDescriptor.BYTES;
      for (int i = 0; i < whole; i++) {
        long lowest = Long.lowestOneBit(rest);
        if (!isLost(PageDescriptor.at(descriptors, i * PageDescriptor.BYTES))) {
          held.add(wordStart + Long.numberOfTrailingZeros(lowest));
        }
        rest &= ~lowest;
      }
      at += length;
    }
  }

  /**
   * Whether the file is known to end before its last page: looks at the last descriptors only, for
   * data is written in their order.
   */
  boolean isCutShort() throws IOException {
    long end = descriptorsAt + pageCount * PageDescriptor.BYTES;
    if (end > input.size()) {
      return true;
    }
    int count = (int) Math.min(pageCount, DESCRIPTORS_PER_READ);
    byte[] bytes = new byte[count * PageDescriptor.BYTES];
    int whole = input.read(end - bytes.length, bytes, 0, bytes.length) / PageDescriptor.BYTES;
    ByteBuffer descriptors = ByteBuffer.wrap(bytes).order(byteOrder);
    for (int i = 0; i < whole; i++) {
      if (isLost(PageDescriptor.at(descriptors, i * PageDescriptor.BYTES))) {
        return true;
      }
    }
    return false;
  }

  private boolean isLost(PageDescriptor descriptor) {
    PageUnreadableException problem = problem(descriptor);
    return problem != null && problem.reason() == TRUNCATED;
  }

  /** Reads up to {@code count} descriptors, at least one: fewer where the file ends. */
  private ByteBuffer descriptors(Scratch scratch, long rank, int count)
      throws PageUnreadableException {
    long at = descriptorsAt + rank * PageDescriptor.BYTES;
    int whole =
        read(at, scratch.descriptors, 0, count * PageDescriptor.BYTES) / PageDescriptor.BYTES;
    if (whole == 0) {
      throw new PageUnreadableException(
          TRUNCATED, "its page descriptor at offset %#x is past the end".formatted(at));
    }
    return ByteBuffer.wrap(scratch.descriptors)
        .limit(whole * PageDescriptor.BYTES)
        .order(byteOrder);
  }

  private boolean isZeroPage(PageDescriptor descriptor) {
    return descriptor.offset() == zeroPageAt
        && descriptor.isPlain()
        && descriptor.size() == pageSize;
  }

  private boolean learnZeroPage(PageDescriptor descriptor, byte[] bytes, int offset) {
    if (!Arrays.equals(bytes, offset, offset + pageSize, zeroPage, 0, pageSize)) {
      return false;
    }
    zeroPageAt = descriptor.offset();
    return true;
  }

  private void check(PageDescriptor descriptor) throws PageUnreadableException {
    PageUnreadableException problem = problem(descriptor);
    if (problem != null) {
      throw problem;
    }
  }

  private @Nullable PageUnreadableException problem(PageDescriptor descriptor) {
    long offset = descriptor.offset();
    int size = descriptor.size();
    if (incomplete && descriptor.isBlank()) {
      return new PageUnreadableException(TRUNCATED, "its page descriptor was never written");
    }
    if (PageCodec.ofFlags(descriptor.flags()).isEmpty()) {
      return corrupt("page descriptor: flags %#x", descriptor.flags());
    }
    if (size < 1 || size > pageSize || (descriptor.isPlain() && size != pageSize)) {
      return corrupt("page descriptor: size %d", size);
    }
    if (offset < dataAt || offset > longestOffset) {
      return corrupt("page descriptor: offset %#x", offset);
    }
    if (descriptor.end() > input.size()) {
      return new PageUnreadableException(
          TRUNCATED, "its data at offset %#x is past the end".formatted(offset));
    }
    return null;
  }

  private static PageUnreadableException corrupt(String format, Object value) {
    return new PageUnreadableException(CORRUPT, format.formatted(value));
  }

  private void decompress(PageDescriptor page, byte[] in, int inOffset, byte[] out, int offset)
      throws PageUnreadableException {
    PageCodec codec = PageCodec.ofFlags(page.flags()).orElseThrow();
    String problem;
    try {
      int size = codec.decompress(in, inOffset, page.size(), out, offset, pageSize);
      if (size == pageSize) {
        return;
      }
      problem = "gives %d bytes of %d".formatted(size, pageSize);
    } catch (DataFormatException | RuntimeException e) {
      problem = String.valueOf(e.getMessage());
    }
    throw new PageUnreadableException(
        CORRUPT, "%s data at offset %#x: %s".formatted(codec.label(), page.offset(), problem));
  }

  private void readData(long at, byte[] out, int offset, int length)
      throws PageUnreadableException {
    if (read(at, out, offset, length) < length) {
      throw new PageUnreadableException(
          TRUNCATED, "its data at offset %#x is past the end".formatted(at));
    }
  }

  private int read(long at, byte[] out, int offset, int length) throws PageUnreadableException {
    try {
      return input.read(at, out, offset, length);
    } catch (IOException e) {
      throw new PageUnreadableException(IO_ERROR, String.valueOf(e.getMessage()));
    }
  }
}
