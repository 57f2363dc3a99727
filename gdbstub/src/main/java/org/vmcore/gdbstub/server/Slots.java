package org.vmcore.gdbstub.server;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who may be connected, when not all may. Where all places are taken, a newcomer gets that of
 *
 * <ol>
 *   <li>a client that has never said anything that a debugger says,
 *   <li>the address that has most of them, if the newcomer's own has at least two fewer, or
 *   <li>a client of the newcomer's address that has been quiet for long: it may be dead, and that
 *       the far side of a network is dead nobody can tell for minutes,
 * </ol>
 *
 * each time the one that has been quiet for longest; else it is turned away.
 */
final class Slots {
  /** A person who reads and thinks is quiet too, but seldom for this long. */
  static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final int most;
  private final LongSupplier clock;
  private final List<Slot> taken = new ArrayList<>();

  /**
   * @param most places, 1 or more
   * @param clock nanoseconds from any start
   */
  Slots(int most, LongSupplier clock) {
    this.most = most;
    this.clock = clock;
  }

  /** The place of one client, until it is released. */
  final class Slot {
    private final String address;
    private final Runnable hangUp;
    private volatile boolean spoken;
    private volatile long heard;

    private Slot(String address, Runnable hangUp) {
      this.address = address;
      this.hangUp = hangUp;
      this.heard = clock.getAsLong();
    }

    /** To be called whenever bytes have come. */
    void hear() {
      heard = clock.getAsLong();
    }

    /** To be called when the client has sent a whole packet, which only debuggers do. */
    void recognize() {
      spoken = true;
    }

    /** Whether it has sent a packet yet. */
    boolean hasSpoken() {
      return spoken;
    }

    /** Gives the place back; may be called again. */
    void release() {
      synchronized (Slots.this) {
        taken.remove(this);
      }
    }

    private long quiet() {
      return clock.getAsLong() - heard;
    }
  }

  /**
   * Takes a place, perhaps another's.
   *
   * @param address of the client, without its port
   * @param hangUp ends its connection when it has to give its place to another
   * @return empty when it is to be turned away
   */
  Optional<Slot> take(String address, Runnable hangUp) {
    Slot slot = new Slot(address, hangUp);
    @Nullable Slot gone = null;
    synchronized (this) {
      if (taken.size() >= most) {
        gone = whoGoes(address);
        if (gone == null) {
          return Optional.empty();
        }
        taken.remove(gone);
      }
      taken.add(slot);
    }
    if (gone != null) {
      gone.hangUp.run();
    }
    return Optional.of(slot);
  }

  private @Nullable Slot whoGoes(String newcomer) {
    List<Slot> silent = taken.stream().filter(slot -> !slot.spoken).toList();
    if (!silent.isEmpty()) {
      return quietest(silent);
    }
    Map<String, List<Slot>> byAddress =
        taken.stream().collect(Collectors.groupingBy(slot -> slot.address));
    List<Slot> own = byAddress.getOrDefault(newcomer, List.of());
    List<Slot> largest =
        byAddress.values().stream().max(Comparator.comparingInt(List::size)).orElse(List.of());
    if (largest.size() >= own.size() + 2) {
      return quietest(largest);
    }
    @Nullable Slot quietest = quietest(own);
    return quietest != null && quietest.quiet() >= QUIET_NANOS ? quietest : null;
  }

  private static @Nullable Slot quietest(List<Slot> slots) {
    return slots.stream().max(Comparator.comparingLong(Slot::quiet)).orElse(null);
  }
}
