package org.vmcore.dumpreader;

import org.vmcore.dumpreader.DumpFormats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalRead;

/** Holds each page of a dump against the dump that it was made from: all of them, not a sample. */
final class SamePages {
  private static final int PAGE = 4096;
  private static final int CHUNK = 1 << 20;

  private final PhysicalMemory original;
  private final PhysicalMemory made;
  private final LeftOut leftOut;
  private int equal;
  private int filtered;

  /** What the tool was told to leave out. */
  enum LeftOut {
    NOTHING,
    ZERO_PAGES,
    ANYTHING
  }

  /** How many pages were the same, and how many the made dump says it left out. */
  record Counts(int equal, int filtered) {}

  private SamePages(PhysicalMemory original, PhysicalMemory made, LeftOut leftOut) {
    this.original = original;
    this.made = made;
    this.leftOut = leftOut;
  }

  static Counts of(Path original, List<Path> made, LeftOut leftOut) throws Exception {
    try (Dump from = DumpFormats.openFiles(List.of(original), OpenOptions.defaults());
        Dump to = DumpFormats.openFiles(made, OpenOptions.defaults())) {
      assertThat(to.info().incomplete()).isEmpty();
      return of(from.memory(), to.memory(), leftOut);
    }
  }

  static Counts of(PhysicalMemory original, PhysicalMemory made, LeftOut leftOut) {
    SamePages pages = new SamePages(original, made, leftOut);
    forEachPresent(original, pages::compare);
    forEachPresent(made, pages::mustBeOriginal);
    return new Counts(pages.equal, pages.filtered);
  }

  @FunctionalInterface
  private interface Run {
    void visit(long start, int length);
  }

  /** Present memory in chunks that begin at a page, but for a run that does not. */
  private static void forEachPresent(PhysicalMemory memory, Run run) {
    memory.forEachRange(
        (start, length, presence) -> {
          if (presence == Presence.PRESENT) {
            for (long done = 0; done < length; ) {
              int inPage = (int) (start + done) & (PAGE - 1);
              int chunk = (int) Math.min(CHUNK - inPage, length - done);
              run.visit(start + done, chunk);
              done += chunk;
            }
          }
        });
  }

  private void compare(long start, int length) {
    byte[] want = new byte[length];
    byte[] got = new byte[length];
    assertThat(original.read(start, want, 0, length)).isEqualTo(PhysicalRead.complete(length));
    if (made.read(start, got, 0, length).isComplete()) {
      if (!Arrays.equals(want, got)) {
        throw new AssertionError("differs at %#x".formatted(start + Arrays.mismatch(want, got)));
      }
      equal += (length + PAGE - 1) / PAGE;
      return;
    }
    for (int at = 0; at < length; at += PAGE) {
      comparePage(start + at, Arrays.copyOfRange(want, at, Math.min(length, at + PAGE)));
    }
  }

  private void comparePage(long start, byte[] want) {
    byte[] got = new byte[want.length];
    PhysicalRead read = made.read(start, got, 0, got.length);
    PhysicalFault fault = read.fault();
    if (fault == null) {
      assertThat(got).as("page at %#x", start).isEqualTo(want);
      equal++;
      return;
    }
    // makedumpfile takes a page of which there is only a part for a hole.
    if (want.length < PAGE) {
      return;
    }
    boolean may =
        switch (leftOut) {
          case NOTHING -> false;
          case ZERO_PAGES -> Arrays.equals(want, new byte[want.length]);
          case ANYTHING -> true;
        };
    assertThat(may).as("%s may be left out", fault.message()).isTrue();
    assertThat(fault.reason()).isEqualTo(PhysicalFault.Reason.FILTERED);
    filtered++;
  }

  /** What the original lacks of a page is zero: dumps of pages fill up runs that end within one. */
  private void mustBeOriginal(long start, int length) {
    byte[] got = new byte[length];
    assertThat(made.read(start, got, 0, length)).isEqualTo(PhysicalRead.complete(length));
    for (int at = 0; at < length; at += PAGE) {
      int size = Math.min(PAGE, length - at);
      byte[] want = new byte[size];
      int known = original.read(start + at, want, 0, size).length();
      assertThat(known).as("bytes that the original has at %#x", start + at).isPositive();
      Arrays.fill(want, known, size, (byte) 0);
      if (!Arrays.equals(want, 0, size, got, at, at + size)) {
        throw new AssertionError("page at %#x differs".formatted(start + at));
      }
    }
  }
}
