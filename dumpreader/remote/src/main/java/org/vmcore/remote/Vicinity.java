package org.vmcore.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * How much to fetch around a block that is missing. Dumps have together what is used together: the
 * kernel's image, its page tables, its small objects. A single block may be all that is needed of
 * its place; where more is missing nearby, most of the place will be: the first piece is small and
 * the next is large, in proportion to the file. At a file's end is what the kernel set aside first,
 * of which every question needs some.
 *
 * <p>The figures are of `info` and `bt` of dumps of 17 to 110 MB of four kernels, whose reads were
 * recorded and tried with others.
 */
final class Vicinity {
  /** The first piece in a place, in blocks. */
  private static final int LEAST = 4;

  private static final int GROWTH = 8;

  /** A large piece is such a part of the file, and no more blocks than this. */
  private static final int PARTS = 30;

  private static final int MOST = 64;

  /** Blocks before a missing one, of a piece: a part of it. */
  private static final int BEFORE = 4;

  /** Fewer blocks than this are not left out between two pieces. */
  private static final int CRUMB = 8;

  /** Blocks between places. */
  private static final int NEAR = 48;

  /** Places that are known at a time. */
  private static final int PLACES = 64;

  /**
   * What is fetched at once.
   *
   * @param last block, inclusive
   */
  record Piece(long first, long last) {
    private boolean isNear(long block) {
      return block >= first - NEAR && block <= last + NEAR;
    }
  }

  /**
   * What was fetched somewhere.
   *
   * @param blocks of the largest piece there
   */
  private record Place(Piece extent, int blocks) {
    Place with(Place other) {
      return new Place(
          new Piece(
              Math.min(extent.first, other.extent.first), Math.max(extent.last, other.extent.last)),
          Math.max(blocks, other.blocks));
    }
  }

  private final long end;
  private final int most;

  /** Those used last at the end. */
  private final List<Place> places = new ArrayList<>();

  /**
   * @param end the file's last block
   */
  Vicinity(long end) {
    this.end = end;
    this.most = (int) Math.max(LEAST, Math.min(MOST, end / PARTS));
  }

  /**
   * What to fetch now: between what is here already, a missing block among it, and no crumbs left.
   * Not safe for several threads.
   *
   * @param isHere whether a block is here, or on its way
   */
  Piece around(long block, LongPredicate isHere) {
    boolean isLast = block > end - most;
    int blocks = blocks(block, isLast);
    long lowest = reach(block, -1, blocks + CRUMB, isHere);
    long highest = reach(block, 1, blocks + CRUMB, isHere);
    long first = Math.max(lowest, block - blocks / BEFORE);
    long last = Math.min(highest, first + blocks - 1);
    first = Math.max(lowest, last - blocks + 1);
    if (isLast) {
      first = Math.max(lowest, Math.min(block - 1, end - most + 1));
      last = highest;
    }
    if (first - lowest <= CRUMB && isEdge(lowest - 1, isHere)) {
      first = lowest;
    }
    if (highest - last <= CRUMB && isEdge(highest + 1, isHere)) {
      last = highest;
    }
    Piece piece = new Piece(first, last);
    note(new Place(piece, blocks));
    return piece;
  }

  private int blocks(long block, boolean isLast) {
    return places.stream()
        .filter(place -> place.extent.isNear(block))
        .mapToInt(place -> Math.min(most, place.blocks * GROWTH))
        .max()
        .orElse(isLast ? most : LEAST);
  }

  /** The last of the missing blocks in one direction, of at most so many. */
  private long reach(long block, int step, int most, LongPredicate isHere) {
    long reached = block;
    for (int i = 0; i < most && !isEdge(reached + step, isHere); i++) {
      reached += step;
    }
    return reached;
  }

  private boolean isEdge(long block, LongPredicate isHere) {
    return block < 0 || block > end || isHere.test(block);
  }

  private void note(Place fetched) {
    Place place = fetched;
    for (Place other : List.copyOf(places)) {
      if (other.extent.isNear(fetched.extent.first) || other.extent.isNear(fetched.extent.last)) {
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
