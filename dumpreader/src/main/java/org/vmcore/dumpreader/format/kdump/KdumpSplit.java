package org.vmcore.dumpreader.format.kdump;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/**
 * Puts the parts of a dump that {@code makedumpfile --split} wrote in order, and refuses what does
 * not belong together. A dump that was not split is one part.
 */
final class KdumpSplit {
  private KdumpSplit() {}

  /** One file of a dump. */
  record Part(DumpInput input, KdumpHeader header) {
    /** Whether what the file came in broke off. */
    boolean inputIsCut() {
      return !input.incomplete().isEmpty();
    }

    /** Whether its header says that makedumpfile did not finish. */
    boolean isIncomplete() {
      return (header.status() & KdumpHeader.STATUS_INCOMPLETE) != 0;
    }
  }

  /**
   * Reads the headers of all parts.
   *
   * @param inputs at least one, in any order; the first is a kdump-compressed file
   * @return the parts by ascending page numbers
   * @throws UnsupportedDumpException when a file is none of its parts, or is there twice
   */
  static List<Part> order(List<DumpInput> inputs) throws IOException, DumpException {
    List<Part> parts = new ArrayList<>();
    for (DumpInput input : inputs) {
      if (!KdumpCompressed.startsKdump(input)) {
        throw new UnsupportedDumpException(
            input,
            "not a part of the split dump of " + inputs.get(0).name(),
            "name the parts of one dump only");
      }
      parts.add(new Part(input, KdumpHeader.read(input)));
    }
    if (parts.size() > 1) {
      checkFamily(parts);
    }
    parts.sort(Comparator.comparingLong(part -> part.header().start_pfn()));
    for (int i = 1; i < parts.size(); i++) {
      Part before = parts.get(i - 1);
      Part part = parts.get(i);
      if (part.header().start_pfn() < before.header().end_pfn()) {
        throw new UnsupportedDumpException(
            part.input(),
            "holds the pages from %#x on, as %s does"
                .formatted(part.header().start_pfn(), before.input().name()),
            "name each part once");
      }
    }
    return parts;
  }

  private static void checkFamily(List<Part> parts) throws IOException, DumpException {
    Part first = parts.get(0);
    for (Part part : parts) {
      if (!part.header().split()) {
        throw new UnsupportedDumpException(
            part.input(), "a whole dump, not a part of a split one", "name it alone");
      }
      String difference = difference(first, part);
      if (difference != null) {
        throw new UnsupportedDumpException(
            part.input(),
            "part of another dump than %s: %s".formatted(first.input().name(), difference),
            "name the parts of one dump only");
      }
    }
  }

  /** What tells two parts to be of different dumps, or null: everything but the range of pages. */
  private static @Nullable String difference(Part one, Part other)
      throws IOException, DumpException {
    KdumpHeader a = one.header();
    KdumpHeader b = other.header();
    if (!a.utsname().equals(b.utsname())) {
      return "utsname is %s, not %s".formatted(b.utsname().values(), a.utsname().values());
    }
    if (a.seconds() != b.seconds()) {
      return "timestamp is %d, not %d".formatted(b.seconds(), a.seconds());
    }
    if (a.max_mapnr() != b.max_mapnr()
        || a.block_size() != b.block_size()
        || a.bitmapOffset() != b.bitmapOffset()
        || a.bitmap_blocks() != b.bitmap_blocks()
        || a.wordBits() != b.wordBits()
        || a.byteOrder() != b.byteOrder()) {
      return "max_mapnr is %#x, block_size %d; not %#x, %d"
          .formatted(b.max_mapnr(), b.block_size(), a.max_mapnr(), a.block_size());
    }
    // The rest of the blocks before the bitmaps, notes and VMCOREINFO among it.
    int rest = (int) Math.min(a.bitmapOffset() - a.block_size() - KdumpSubHeader.LONGEST, 1 << 20);
    long at = (long) a.block_size() + KdumpSubHeader.LONGEST;
    return Arrays.equals(
            one.input().readFully(at, rest, "notes"), other.input().readFully(at, rest, "notes"))
        ? null
        : "its notes and VMCOREINFO differ";
  }
}
