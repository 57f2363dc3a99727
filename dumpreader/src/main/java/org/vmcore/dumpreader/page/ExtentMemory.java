package org.vmcore.dumpreader.page;

import java.io.IOException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;

/** Physical memory that lies uncompressed in a file. */
public final class ExtentMemory implements PhysicalMemory {
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
        got = input.read(extents.fileOffset(index, at), destination, offset + done, chunk);
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
