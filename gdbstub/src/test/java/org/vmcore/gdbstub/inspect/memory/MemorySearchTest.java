package org.vmcore.gdbstub.inspect.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.memory.MemorySearch.Match;
import org.vmcore.gdbstub.inspect.memory.MemorySearch.Pattern;
import org.vmcore.gdbstub.inspect.memory.MemorySearch.Source;

class MemorySearchTest {
  private static final long START = 0xffff_8000_0000_0000L;

  /** Two pages, a hole of one, and so many more that a search takes several steps. */
  private static final int SIZE = 1 << 20;

  private static final int HOLE = 8192;
  private static final int HOLE_END = 12288;

  private final byte[] bytes = new byte[SIZE];

  private final Source source =
      new Source() {
        @Override
        public int read(long at, byte[] destination, int offset, int length) {
          int from = (int) (at - START);
          if (from < 0 || from >= SIZE || (from >= HOLE && from < HOLE_END)) {
            return 0;
          }
          int count = Math.min(length, (from < HOLE ? HOLE : SIZE) - from);
          System.arraycopy(bytes, from, destination, offset, count);
          return count;
        }

        @Override
        public long next(long at) {
          return at;
        }
      };

  private List<Long> offsets(Pattern pattern, long first, long last) {
    return search(pattern, 100, START + first, START + last).stream()
        .map(match -> match.address() - START)
        .toList();
  }

  private List<Match> search(Pattern pattern, int limit, long first, long last) {
    List<Match> found = new ArrayList<>();
    new MemorySearch(source, pattern, limit, found::add, () -> {}).search(first, last);
    return found;
  }

  private static Pattern number(long value, int size, long mask) {
    return MemorySearch.numbers(List.of(value), size, mask, ByteOrder.BIG_ENDIAN);
  }

  @Test
  void findsAlignedNumbersOnEitherSideOfAHoleAndOfEachStep() {
    for (int at : new int[] {0, HOLE - 8, HOLE_END, (256 << 10) - 8, 256 << 10, SIZE - 8, 20001}) {
      ByteBuffer.wrap(bytes).putLong(at, 0x1122334455667788L);
    }

    assertThat(offsets(number(0x1122334455667788L, 8, 0), 0, SIZE - 1))
        .containsExactly(0L, HOLE - 8L, (long) HOLE_END, (256L << 10) - 8, 256L << 10, SIZE - 8L);
    assertThat(offsets(number(0x11223344, 4, 0), 0, 7)).containsExactly(0L);
    assertThat(offsets(number(0x55667788, 4, 0), 0, 7)).containsExactly(4L);
    assertThat(offsets(number(0x7788, 2, 0), 0, 7)).containsExactly(6L);
    assertThat(offsets(number(0x11223344aabbccddL, 8, 0xffffffffL), 0, 7)).containsExactly(0L);
  }

  @Test
  void findsNothingThatBeginsOrEndsOutsideOfTheRange() {
    ByteBuffer.wrap(bytes).putLong(16, 42);

    assertThat(offsets(number(42, 8, 0), 16, 23)).containsExactly(16L);
    assertThat(offsets(number(42, 8, 0), 17, 100)).isEmpty();
    assertThat(offsets(number(42, 8, 0), 0, 22)).isEmpty();
  }

  @Test
  void findsTextsAcrossStepsAndShowsWhatFollows() {
    byte[] text = "Kernel panic - not syncing".getBytes(US_ASCII);
    int at = (256 << 10) - 5;
    System.arraycopy(text, 0, bytes, at, text.length);

    List<Match> found =
        search(MemorySearch.bytes("panic".getBytes(US_ASCII)), 100, START, START + SIZE - 1);

    assertThat(found)
        .singleElement()
        .satisfies(
            m -> {
              assertThat(m.address()).isEqualTo(START + at + 7);
              assertThat(m.text())
                  .startsWith("panic - not syncing\0")
                  .hasSize(MemorySearch.CONTEXT);
            });
  }

  @Test
  void stopsAtTheLimitAndAtTheEndOfAllAddresses() {
    assertThat(search(number(0, 8, 0), 7, START, START + 999)).hasSize(7);
    assertThat(search(number(0, 8, 0), 7, -8192, -1)).isEmpty();
  }
}
