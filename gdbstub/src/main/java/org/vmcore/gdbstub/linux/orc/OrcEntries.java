package org.vmcore.gdbstub.linux.orc;

import java.nio.ByteBuffer;

/** What the entries of a table say, as it lies in memory: {@code struct orc_entry}, packed. */
final class OrcEntries {
  static final int BYTES = 6;

  private final ByteBuffer bytes;

  /**
   * @param bytes in the dump's order, from 0 to the limit
   */
  OrcEntries(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  int count() {
    return bytes.limit() / BYTES;
  }

  short spOffset(int i) {
    return bytes.getShort(i * BYTES);
  }

  short bpOffset(int i) {
    return bytes.getShort(i * BYTES + 2);
  }

  short flags(int i) {
    return bytes.getShort(i * BYTES + 4);
  }

  /** Those with certain numbers, in that order. */
  OrcEntries select(int[] numbers) {
    ByteBuffer selected = ByteBuffer.allocate(numbers.length * BYTES).order(bytes.order());
    for (int number : numbers) {
      selected.put(bytes.slice(number * BYTES, BYTES));
    }
    return new OrcEntries(selected.flip());
  }
}
