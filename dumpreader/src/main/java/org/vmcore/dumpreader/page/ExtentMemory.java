package org.vmcore.dumpreader.page;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;

/** Physical memory that lies uncompressed in a file. */
public final class ExtentMemory implements PhysicalMemory {
  /** So much takes longer to copy than a thread takes to wake up. */
  private static final int PART_BYTES = 256 << 10;

  private final DumpInput input;
  private final FileExtents extents;

  public ExtentMemory(DumpInput input, FileExtents extents) {
    this.input = input;
    this.extents = extents;
  }

  @Override
  public PhysicalRead read(long physicalAddress, byte[] destination, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = physicalAddress + done;
      int index = extents.atOrAfter(at);
      boolean wrapped = done > 0 && at == 0;
      if (wrapped
          || index == extents.size()
          || Long.compareUnsigned(extents.start(index), at) > 0) {
        return stopped(done, PhysicalFault.Reason.NOT_IN_DUMP, at);
      }
      Presence presence = extents.presence(index);
      if (presence != Presence.PRESENT) {
        boolean filtered = presence == Presence.FILTERED;
        return stopped(
            done, filtered ? PhysicalFault.Reason.FILTERED : PhysicalFault.Reason.TRUNCATED, at);
      }
      long afterThis = extents.last(index) - at;
      int chunk =
          Long.compareUnsigned(afterThis, length - done) < 0 ? (int) afterThis + 1 : length - done;
      int got;
      try {
        got = readParts(extents.fileOffset(index, at), destination, offset + done, chunk);
      } catch (IOException e) {
        return new PhysicalRead(
            done, new PhysicalFault(PhysicalFault.Reason.IO_ERROR, at, e.getMessage()));
      }
      done += got;
      if (got < chunk) {
        // It was long enough when it was opened.
        return stopped(done, PhysicalFault.Reason.TRUNCATED, at + got);
      }
    }
    return PhysicalRead.complete(done);
  }

  /** As {@link DumpInput#read}, by several threads where there is much to copy. */
  private int readParts(long position, byte[] destination, int offset, int length)
      throws IOException {
    int parts = length / PART_BYTES;
    if (parts < 2 || input.isFar()) {
      return input.read(position, destination, offset, length);
    }
    int[] got = new int[parts];
    @Nullable IOException[] failures = new @Nullable IOException[parts];
    ParallelWork.run(
        parts,
        part -> {
          int from = part * PART_BYTES;
          try {
            got[part] =
                input.read(position + from, destination, offset + from, bytes(part, parts, length));
          } catch (IOException e) {
            failures[part] = e;
          }
        });
    int done = 0;
    for (int part = 0; part < parts; part++) {
      IOException failure = failures[part];
      if (failure != null) {
        throw failure;
      }
      done += got[part];
      if (got[part] < bytes(part, parts, length)) {
        break;
      }
    }
    return done;
  }

  /** The last has what is left over. */
  private static int bytes(int part, int parts, int length) {
    return part == parts - 1 ? length - part * PART_BYTES : PART_BYTES;
  }

  private static PhysicalRead stopped(int done, PhysicalFault.Reason reason, long at) {
    return new PhysicalRead(done, new PhysicalFault(reason, at, null));
  }

  @Override
  public long nextPresent(long physicalAddress) {
    for (int index = extents.atOrAfter(physicalAddress); index < extents.size(); index++) {
      if (extents.presence(index) == Presence.PRESENT) {
        long start = extents.start(index);
        return Long.compareUnsigned(start, physicalAddress) > 0 ? start : physicalAddress;
      }
    }
    return NONE;
  }

  @Override
  public void forEachRange(RangeVisitor visitor) {
    int index = 0;
    while (index < extents.size()) {
      long start = extents.start(index);
      Presence presence = extents.presence(index);
      long last = extents.last(index++);
      while (index < extents.size()
          && extents.start(index) == last + 1
          && extents.presence(index) == presence) {
        last = extents.last(index++);
      }
      visitor.visit(start, last - start + 1, presence);
    }
  }
}
