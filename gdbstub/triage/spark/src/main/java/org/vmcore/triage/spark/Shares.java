package org.vmcore.triage.spark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Items in shares of about the same size, one for each task. The largest items are dealt first,
 * each to the share that has least (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969),
 * and the largest share begins first: the job is not kept waiting by one that began last.
 */
final class Shares {
  /** What opening one costs, in bytes read of another. */
  private static final long EACH = 4L << 20;

  /** More at once would be much to do again when a worker is lost. */
  private static final int MOST_ITEMS = 64;

  /** For each that works, so that the fast get more. */
  private static final int PER_WORKER = 4;

  private Shares() {}

  /** A share that is being filled. */
  private static final class Share {
    /** Travels as it is. */
    private final List<Item> items = new ArrayList<>();

    private final int number;
    private long cost;

    Share(int number) {
      this.number = number;
    }

    List<Item> items() {
      return items;
    }
  }

  /**
   * Deals all.
   *
   * @param workers how many shares are worked at a time
   */
  static List<List<Item>> of(List<Item> items, int workers) {
    if (items.isEmpty()) {
      return List.of();
    }
    int wanted = Math.max(workers * PER_WORKER, (items.size() + MOST_ITEMS - 1) / MOST_ITEMS);
    Comparator<Share> lighter = Comparator.comparingLong((Share share) -> share.cost);
    PriorityQueue<Share> shares =
        new PriorityQueue<>(lighter.thenComparingInt(share -> share.number));
    for (int i = 0; i < Math.min(wanted, items.size()); i++) {
      shares.add(new Share(i));
    }
    long usual = usual(items);
    items.stream()
        .sorted(Comparator.comparingLong((Item item) -> -cost(item, usual)))
        .forEach(
            item -> {
              Share lightest = shares.remove();
              lightest.items.add(item);
              lightest.cost += cost(item, usual);
              shares.add(lightest);
            });
    return shares.stream()
        .sorted(lighter.reversed().thenComparingInt(share -> share.number))
        .map(Share::items)
        .toList();
  }

  /** The mean size of those that are known. */
  private static long usual(List<Item> items) {
    return (long)
        items.stream()
            .map(Item::state)
            .mapToLong(s -> s == null ? 0 : s.size())
            .filter(s -> s > 0)
            .average()
            .orElse(0);
  }

  private static long cost(Item item, long usual) {
    Item.State state = item.state();
    return EACH + (state == null ? usual : state.size());
  }
}
