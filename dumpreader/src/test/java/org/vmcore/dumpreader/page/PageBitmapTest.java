package org.vmcore.dumpreader.page;

import org.vmcore.dumpreader.page.PageBitmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageBitmapTest {
  private static PageBitmap of(long pages, int... members) {
    PageBitmap.Builder builder = new PageBitmap.Builder(pages);
    for (int member : members) {
      builder.add(member);
    }
    return builder.build();
  }

  @Test
  void countsMembersBelowAPage() {
    PageBitmap bitmap = of(130, 0, 1, 3, 128);

    assertThat(bitmap.count()).isEqualTo(4);
    assertThat(bitmap.rank(0)).isZero();
    assertThat(bitmap.rank(3)).isEqualTo(2);
    assertThat(bitmap.rank(128)).isEqualTo(3);
    assertThat(bitmap.next(4)).isEqualTo(128);
    assertThat(bitmap.next(129)).isEqualTo(130);
    assertThat(bitmap.run(0, 100)).isEqualTo(2);
  }

  @Test
  void endsWithTheLastPage() {
    PageBitmap bitmap = of(3, 0, 1, 2);

    assertThat(bitmap.count()).isEqualTo(3);
    assertThat(bitmap.contains(3)).isFalse();
    assertThat(bitmap.contains(-1)).isFalse();
    assertThat(bitmap.run(0, 64)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.00005, 0.0005, 0.02, 0.5, 0.98, 1})
  void agreesWithBitSet(double density) {
    Random random = new Random(7);
    int pages = 100_011;
    BitSet expected = new BitSet();
    for (int page = 0; page < pages; page++) {
      if (random.nextDouble() < density) {
        expected.set(page);
      }
    }
    PageBitmap bitmap = of(pages, expected.stream().toArray());

    int rank = 0;
    for (int page = 0; page < pages; page++) {
      assertThat(bitmap.contains(page)).isEqualTo(expected.get(page));
      assertThat(bitmap.rank(page)).isEqualTo(rank);
      int next = expected.nextSetBit(page);
      assertThat(bitmap.next(page)).isEqualTo(next < 0 ? pages : next);
      int run = Math.min(pages, expected.nextClearBit(page)) - page;
      assertThat(bitmap.run(page, 70)).isEqualTo(Math.min(70, run));
      rank += expected.get(page) ? 1 : 0;
    }
    assertThat(bitmap.count()).isEqualTo(rank);
  }
}
