package org.vmcore.dumpreader.write;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.page.FileExtents;

/** Where {@link ElfWriter} puts memory: once each in the data of the file, named by PT_LOADs. */
final class ElfLayout {
  private static final int PAGE_SIZE = 4096;

  private final FileExtents extents;
  private final List<Load> loads = new ArrayList<>();

  /**
   * A PT_LOAD.
   *
   * @param dataOffset of its bytes from the start of the data
   */
  record Load(
      long virtualAddress, long physicalAddress, long fileSize, long memorySize, long dataOffset) {
    boolean endsAt(long nextPhysicalAddress) {
      return physicalAddress + memorySize == nextPhysicalAddress;
    }

    Load withTail(long length) {
      return new Load(virtualAddress, physicalAddress, fileSize, memorySize + length, dataOffset);
    }
  }

  private ElfLayout(FileExtents extents) {
    this.extents = extents;
  }

  static ElfLayout of(Dump dump) {
    ElfLayout layout = new ElfLayout(extents(dump.memory()));
    layout.collectLoads(dump.segments());
    return layout;
  }

  /** The memory; file offsets count from the start of the data. */
  FileExtents extents() {
    return extents;
  }

  List<Load> loads() {
    return loads;
  }

  /** Bytes of an extent that are in the file. */
  long presentLength(int extent) {
    boolean present = extents.presence(extent) == Presence.PRESENT;
    return present ? extents.last(extent) - extents.start(extent) + 1 : 0;
  }

  /** Whether some memory is described and not in the file. */
  boolean hasFiltered() {
    return loads.stream().anyMatch(load -> load.fileSize() < load.memorySize());
  }

  /** Bytes of memory that are in the file. */
  long presentBytes() {
    long bytes = 0;
    for (int i = 0; i < extents.size(); i++) {
      bytes += presentLength(i);
    }
    return bytes;
  }

  /**
   * The dump's memory, with offsets in the data of the file to write. Pages of memory are pages of
   * the file, also after a run that ends within one: makedumpfile maps the file by page.
   */
  private static FileExtents extents(PhysicalMemory memory) {
    FileExtents.Builder extents = new FileExtents.Builder();
    long[] dataSize = new long[1];
    memory.forEachRange(
        (start, length, presence) -> {
          if (presence == Presence.PRESENT) {
            long offset = dataSize[0] + ((start - dataSize[0]) & (PAGE_SIZE - 1));
            extents.present(start, length, offset);
            dataSize[0] = offset + length;
          } else if (presence == Presence.FILTERED) {
            extents.filtered(start, length);
          }
        });
    return extents.build();
  }

  /** Each segment, cut where the kind of memory changes, then what no segment covers. */
  private void collectLoads(List<Segment> segments) {
    FileExtents.Builder covered = new FileExtents.Builder();
    for (Segment segment : segments) {
      long start = segment.physicalAddress();
      if (segment.memorySize() != 0) {
        addLoads(start, start + (segment.memorySize() - 1), segment.virtualAddress() - start);
        covered.filtered(start, segment.memorySize());
      }
    }
    addUncovered(covered.build());
  }

  private void addUncovered(FileExtents covered) {
    long at = 0;
    for (int i = 0; i < covered.size(); i++) {
      if (at != covered.start(i)) {
        addLoads(at, covered.start(i) - 1, 0);
      }
      at = covered.last(i) + 1;
      if (at == 0) {
        return;
      }
    }
    addLoads(at, -1, 0);
  }

  /** Adds the memory between two addresses, both included; a filtered run ends its load. */
  private void addLoads(long first, long last, long virtualMinusPhysical) {
    int mine = loads.size();
    for (int i = extents.atOrAfter(first);
        i < extents.size() && Long.compareUnsigned(extents.start(i), last) <= 0;
        i++) {
      long start = max(first, extents.start(i));
      long length = min(last, extents.last(i)) - start + 1;
      boolean present = extents.presence(i) == Presence.PRESENT;
      Load before = loads.size() > mine ? loads.get(loads.size() - 1) : null;
      if (!present && before != null && before.endsAt(start)) {
        loads.set(loads.size() - 1, before.withTail(length));
      } else {
        loads.add(
            new Load(
                start + virtualMinusPhysical,
                start,
                present ? length : 0,
                length,
                present ? extents.fileOffset(i, start) : 0));
      }
    }
  }

  private static long max(long a, long b) {
    return Long.compareUnsigned(a, b) > 0 ? a : b;
  }

  private static long min(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? a : b;
  }
}
