package org.vmcore.remote;

import java.util.ArrayList;
import java.util.List;

/**
 * How much to fetch around a block that is missing. Dumps have together what is used together: the
 * kernel's image, its page tables, the descriptors of pages. Where something was fetched, and more
 * is missing nearby, more will be: each piece is larger than the one before, there and not
 * elsewhere. The figures are of `info` and `bt` of dumps of 5 to 110 MB, over 50 ms of latency.
 */
final class Vicinity {
  /** Fewer blocks than this are not left out between two pieces. */
  static final int CRUMB = 16;

  /** The first piece in a place. */
  private static final int LEAST = 8;

  private static final int MOST = 64;
  private static final int GROWTH = 2;

  /** Blocks between places. */
  private static final int NEAR = 48;

  /** Places that are known at a time. */
  private static final int PLACES = 64;

  /**
   * What was fetched somewhere.
   *
   * @param last block, inclusive
   * @param piece the largest there
   */
  private record Place(long first, long last, int piece) {
    boolean isNear(long block) {
      return block >= first - NEAR && block <= last + NEAR;
    }

    Place with(Place other) {
      return new Place(
          Math.min(first, other.first), Math.max(last, other.last), Math.max(piece, other.piece));
    }
  }

  /** Those used last at the end. */
  private final List<Place> places = new ArrayList<>();

  /** Blocks to fetch now, a missing one among them. Not safe for several threads. */
  int around(long block) {
    return places.stream()
        .filter(place -> place.isNear(block))
        .mapToInt(place -> Math.min(MOST, place.piece * GROWTH))
        .max()
        .orElse(LEAST);
  }

  /** What was fetched then. */
  void fetched(long first, long last, int piece) {
    Place place = new Place(first, last, piece);
    for (Place other : List.copyOf(places)) {
      if (other.isNear(first) || other.isNear(last)) {
        places.remove(other);
        place = place.with(other);
      }
    }
    places.add(place);
    if (places.size() > PLACES) {
      places.remove(0);
    }
  }
}
