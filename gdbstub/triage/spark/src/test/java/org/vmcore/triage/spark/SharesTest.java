package org.vmcore.triage.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SharesTest {
  private static final long MIB = 1 << 20;

  private static Item item(String name, Item.@Nullable State state) {
    return new Item(name, false, null, state);
  }

  private static long size(List<Item> share) {
    return share.stream().map(Item::state).mapToLong(s -> s == null ? 0 : s.size()).sum();
  }

  @Test
  void eachIsInOneShareAndSharesAreOfOneSize() {
    Random random = new Random(1);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      items.add(item("dump" + i, new Item.State(random.nextLong(100 * MIB), 0)));
    }
    List<List<Item>> shares = Shares.of(items, 8);
    assertThat(shares).hasSize(32);
    assertThat(shares.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(items);
    long most = shares.stream().mapToLong(SharesTest::size).max().orElseThrow();
    long least = shares.stream().mapToLong(SharesTest::size).min().orElseThrow();
    assertThat(most - least).isLessThan(100 * MIB);
  }

  @Test
  void theLargestBeginsFirstAndAlone() {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      items.add(item("small" + i, new Item.State(MIB, 0)));
    }
    items.add(item("large", new Item.State(1000 * MIB, 0)));
    assertThat(Shares.of(items, 2).get(0)).extracting(Item::path).containsExactly("large");
  }

  @Test
  void whatNobodyHasLookedAtIsDealtLikeTheRest() {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      items.add(item("s3://bucket/" + i, null));
    }
    List<List<Item>> shares = Shares.of(items, 2);
    assertThat(shares).hasSize(8).allMatch(share -> share.size() == 50);
    assertThat(Shares.of(List.of(), 2)).isEmpty();
    assertThat(Shares.of(items.subList(0, 3), 2)).hasSize(3);
  }
}
