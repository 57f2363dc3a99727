package org.vmcore.it;

import java.util.List;
import org.vmcore.it.SpeedDumps.Run;

/** Rates of ours beside those of others: more is better. */
final class RateTable {
  /**
   * What a measurement yields, and how it is shown.
   *
   * @param index which of the numbers that a measurement yields
   * @param divisor of that number, for the unit
   * @param unit its name
   */
  record Rate(int index, double divisor, String unit) {}

  private static final double BYTES_OF_MIB = 1 << 20;

  /** Bytes per second. */
  static final Rate MIB = new Rate(0, BYTES_OF_MIB, "MiB/s");

  /** Words per second. */
  static final Rate WORDS = new Rate(1, 1e3, "thousand/s");

  private final SpeedTable table;
  private final SpeedRounds measured;

  RateTable(String caption, SpeedRounds measured) {
    this.table = new SpeedTable(caption, "what", "we:", "who else", "they:", "ratio:");
    this.measured = measured;
  }

  /** A row of bytes per second. */
  void mibRow(String what, String name, String peer) {
    row(what, name, peer, peer, MIB);
  }

  /**
   * @param name of what was measured of ours
   * @param peer of what was measured of theirs, if it could be
   * @param who they are
   */
  void row(String what, String name, String peer, String who, Rate rate) {
    String ours = shown(name, rate);
    if (measured.has(peer)) {
      String ratio = "**%.2f**".formatted(measured.ratio(name, peer, rate.index));
      table.row(what, ours, who, shown(peer, rate), ratio);
    } else {
      table.row(what, ours, who, "not measured", "");
    }
  }

  private String shown(String name, Rate rate) {
    return SpeedTable.number(measured.median(name, rate.index) / rate.divisor) + " " + rate.unit;
  }

  static String mib(List<Run> runs) {
    return "%d MiB".formatted(Math.round(SpeedDumps.bytes(runs) / BYTES_OF_MIB));
  }

  @Override
  public String toString() {
    return table.toString();
  }
}
