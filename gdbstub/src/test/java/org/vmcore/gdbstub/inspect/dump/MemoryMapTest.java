package org.vmcore.gdbstub.inspect.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.gdbstub.inspect.dump.MemoryMap.Kind;
import org.vmcore.gdbstub.linux.CrashKernel;

public class MemoryMapTest {
  private static final long KIB = 1024;
  private static final long GIB = 1 << 30;

  /** Memory that has ranges and no bytes. */
  private record Ranges(List<Range> ranges, AtomicInteger walks) implements PhysicalMemory {
    @Override
    public PhysicalRead read(long physicalAddress, byte[] destination, int offset, int length) {
      throw new AssertionError("a map reads no memory");
    }

    @Override
    public long nextPresent(long physicalAddress) {
      return NONE;
    }

    @Override
    public void forEachRange(RangeVisitor visitor) {
      walks.incrementAndGet();
      ranges.forEach(range -> visitor.visit(range.start, range.length, range.presence));
    }
  }

  private record Range(long start, long length, PhysicalMemory.Presence presence) {}

  private final List<Range> ranges = new ArrayList<>();
  private final AtomicInteger walks = new AtomicInteger();

  private MemoryMapTest add(long start, long length, PhysicalMemory.Presence presence) {
    ranges.add(new Range(start, length, presence));
    return this;
  }

  private MemoryMap map(CrashKernel.Range... crashKernel) {
    return MemoryMap.of(new Ranges(ranges, walks), List.of(crashKernel), 16);
  }

  /** Some memory of each kind, for what draws it. */
  public static MemoryMap some() {
    return new MemoryMapTest().sample().map();
  }

  private MemoryMapTest sample() {
    return add(0, 24 * KIB, PhysicalMemory.Presence.PRESENT)
        .add(24 * KIB, 72 * KIB, PhysicalMemory.Presence.FILTERED)
        .add(96 * KIB, 2 * KIB, PhysicalMemory.Presence.PRESENT)
        .add(98 * KIB, 2 * KIB, PhysicalMemory.Presence.FILTERED)
        .add(512 * KIB, 4 * KIB, PhysicalMemory.Presence.TRUNCATED)
        .add(4 * GIB, 8 * KIB, PhysicalMemory.Presence.PRESENT);
  }

  @Test
  void aTerminalShowsACharacterPerCell() {
    assertThat(MemoryMapText.of(sample().map(new CrashKernel.Range(516 * KIB, 8 * KIB))))
        .isEqualTo(
            """

            map, 4.0 KiB a character
                0x000000000000  ######..................+
                ...
                0x000000080000  !CC
                ...
                0x000100000000  ##
                # all present   + partly present   . left out   ! lost   C crash kernel, not dumped
            """);
  }

  @Test
  void cellsGrowWithTheMemoryAndNoneOfItIsForgotten() {
    for (long tebibytes = 1; tebibytes <= 12; tebibytes += 11) {
      ranges.clear();
      MemoryMap map = add(GIB, tebibytes * 1024 * GIB, PhysicalMemory.Presence.PRESENT).map();

      assertThat(map.rows()).hasSizeBetween(8, 32);
      assertThat(map.total(Kind.PRESENT)).isEqualTo(tebibytes * 1024 * GIB);
      long inCells = 0;
      for (MemoryMap.Row row : map.rows()) {
        for (int column = 0; column < MemoryMap.COLUMNS; column++) {
          inCells += row.bytes(column, Kind.PRESENT);
        }
      }
      assertThat(inCells).isEqualTo(map.total(Kind.PRESENT));
    }
  }

  /** A page here and there over a wide machine makes coarser cells, not endless rows. */
  @Test
  void scatteredMemoryStaysAMapOfFewRows() {
    for (int i = 0; i < 5000; i++) {
      add(i * GIB, 4 * KIB, PhysicalMemory.Presence.PRESENT);
    }

    assertThat(map(new CrashKernel.Range(GIB, GIB)).rows()).hasSizeBetween(8, 32);
    assertThat(walks).as("a walk reads all bitmaps").hasValue(1);
  }

  @Test
  void crashKernelMemoryThatIsInTheDumpCountsAsWhatItIs() {
    MemoryMap map =
        add(0, 64 * KIB, PhysicalMemory.Presence.PRESENT)
            .map(
                new CrashKernel.Range(16 * KIB, 16 * KIB),
                new CrashKernel.Range(60 * KIB, 8 * KIB));

    assertThat(map.total(Kind.PRESENT)).isEqualTo(64 * KIB);
    assertThat(map.total(Kind.CRASH_KERNEL)).isEqualTo(4 * KIB);
  }

  @Test
  void noMemoryIsAnEmptyMap() {
    assertThat(map().rows()).isEmpty();
    assertThat(MemoryMapText.of(map())).contains("4.0 KiB a character");
  }
}
