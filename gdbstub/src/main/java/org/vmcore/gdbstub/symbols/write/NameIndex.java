package org.vmcore.gdbstub.symbols.write;

import java.util.Arrays;

/** Numbers by names that lie in one array; of equal names the first. */
final class NameIndex {
  /** What there is no name for. */
  static final int NONE = -1;

  private final byte[] text;
  private final int[] starts;
  private final int[] lengths;
  private final int[] values;

  /**
   * @param names how many there will be
   */
  NameIndex(byte[] text, int names) {
    this.text = text;
    int places = Integer.highestOneBit(Math.max(names, 1)) * 4;
    this.starts = new int[places];
    this.lengths = new int[places];
    this.values = new int[places];
    Arrays.fill(values, NONE);
  }

  private static int hash(byte[] from, int start, int length) {
    int hash = 1;
    for (int i = start; i < start + length; i++) {
      hash = 31 * hash + from[i];
    }
    // The low bits choose the place, and names often differ in their last letters alone.
    return (hash * 0x9e3779b1) >>> 7;
  }

  /** Where a name is, or the free place that it would have. */
  private int place(byte[] from, int start, int length) {
    int place = hash(from, start, length) & values.length - 1;
    while (values[place] != NONE
        && !(lengths[place] == length
            && Arrays.equals(
                from, start, start + length, text, starts[place], starts[place] + length))) {
      place = place + 1 & values.length - 1;
    }
    return place;
  }

  /**
   * Adds a name of the array.
   *
   * @param value 0 or more
   * @return the value of an equal name that is there, which it keeps, or {@link #NONE}
   */
  int add(int start, int length, int value) {
    int place = place(text, start, length);
    int before = values[place];
    if (before == NONE) {
      starts[place] = start;
      lengths[place] = length;
      values[place] = value;
    }
    return before;
  }

  /** The value of a name in any array, or {@link #NONE}. */
  int find(byte[] from, int start, int length) {
    return values[place(from, start, length)];
  }
}
