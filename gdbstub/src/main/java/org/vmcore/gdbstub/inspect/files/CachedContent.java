package org.vmcore.gdbstub.inspect.files;

import java.util.Arrays;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.gdbstub.inspect.memory.PageKnowledge;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.linux.fs.RealInode;
import org.vmcore.gdbstub.linux.mm.CachedFile;
import org.vmcore.gdbstub.linux.mm.PageFrames;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** What a file has in it, as far as it was in the page cache and the dump has those pages. */
final class CachedContent {
  /** Bytes that are shown and written at once. */
  private static final int MAX_PIECE = 64 << 10;

  private static final String NOT_CACHED = "not in the page cache";

  private final PhysicalMemory memory;
  private final CachedFile file;
  private final int pageBytes;
  private long missing;

  /** What a part of a file is. */
  enum Kind {
    DATA,
    /** A hole, which reads as zeros. */
    ZEROS,
    MISSING
  }

  /**
   * A part of the file.
   *
   * @param bytes of it
   * @param data the bytes themselves, where they are there; else empty
   * @param why they are missing, if they are
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Piece(long offset, long bytes, Kind kind, byte[] data, @Nullable String why) {}

  /** Takes pieces. */
  @FunctionalInterface
  interface Receiver {
    void take(Piece piece);
  }

  private CachedContent(PhysicalMemory memory, CachedFile file, int pageBytes) {
    this.memory = memory;
    this.file = file;
    this.pageBytes = pageBytes;
  }

  /**
   * Finds the pages of a file.
   *
   * @param inode a {@code struct inode}
   */
  static CachedContent of(Call call, KernelObject inode)
      throws MissingFactException, KernelReadException {
    PageFrames frames = PageKnowledge.of(call).frames();
    return new CachedContent(
        call.machine().dump().memory(),
        CachedFile.of(call.typed(), frames, RealInode.of(inode).member("i_mapping").dereference()),
        (int) frames.pageBytes());
  }

  /** Length of the file. */
  long size() {
    return file.size();
  }

  /** How many bytes are not there, of those that were gone through. */
  long missing() {
    return missing;
  }

  /** Goes through the file; parts without data are as long as they are of one kind. */
  void forEach(Receiver receiver) {
    long size = Math.max(file.size(), 0);
    byte[] piece = new byte[Math.max(MAX_PIECE, pageBytes)];
    int filled = 0;
    long at = 0;
    while (at < size) {
      int wanted = (int) Math.min(pageBytes, size - at);
      OptionalLong page = file.physicalAddress(at / pageBytes);
      String problem = NOT_CACHED;
      if (page.isPresent()) {
        PhysicalRead read = memory.read(page.getAsLong(), piece, filled, wanted);
        PhysicalFault fault = read.fault();
        problem = fault == null ? null : fault.message();
      }
      if (problem == null) {
        filled += wanted;
        at += wanted;
        if (filled + pageBytes > piece.length) {
          hand(receiver, at, piece, filled);
          filled = 0;
        }
        continue;
      }
      hand(receiver, at, piece, filled);
      filled = 0;
      long end = page.isPresent() ? at + wanted : Math.min(nextPage(at), size);
      boolean hole = page.isEmpty() && file.isSparse();
      missing += hole ? 0 : end - at;
      receiver.take(
          new Piece(
              at, end - at, hole ? Kind.ZEROS : Kind.MISSING, new byte[0], hole ? null : problem));
      at = end;
    }
    hand(receiver, at, piece, filled);
  }

  private static void hand(Receiver receiver, long end, byte[] piece, int filled) {
    if (filled > 0) {
      receiver.take(new Piece(end - filled, filled, Kind.DATA, Arrays.copyOf(piece, filled), null));
    }
  }

  /** Where the next page begins that is there. */
  private long nextPage(long at) {
    Long next = file.pages().higherKey(at / pageBytes);
    return next == null ? Long.MAX_VALUE : next * pageBytes;
  }
}
