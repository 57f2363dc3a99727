package org.vmcore.gdbstub.inspect.memory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;

/** Looks for values or texts in memory, stepping over what cannot be read. */
final class MemorySearch {
  private static final int CHUNK = 256 << 10;

  /** Holes begin and end at pages, and no architecture has smaller ones. */
  private static final int SMALLEST_PAGE = 4096;

  /** How much of the memory behind a text is kept, as much as crash shows. */
  static final int CONTEXT = 56;

  private final Source source;
  private final Pattern pattern;
  private final int limit;
  private final Runnable eachStep;
  private final Consumer<Match> found;
  private int count;

  /** Memory by one kind of address. */
  interface Source {
    /**
     * @return bytes that were read, from the start on
     */
    int read(long at, byte[] destination, int offset, int length);

    /**
     * Where it is worth trying again after a hole: the same address or a higher one, which may be
     * in another hole; a lower one when there is nothing more.
     */
    long next(long at);
  }

  /** What is looked for. */
  interface Pattern {
    /** Bytes that have to be there at once. */
    int length();

    /** Distance between places that are looked at. */
    int alignment();

    boolean matches(byte[] data, int at);
  }

  /**
   * @param text the memory from there on, at most {@link #CONTEXT} bytes, in ISO-8859-1
   */
  record Match(long address, String text) {}

  /**
   * @param limit how many matches at most
   * @param found given each match at once
   * @param eachStep called now and then
   */
  MemorySearch(
      Source source, Pattern pattern, int limit, Consumer<Match> found, Runnable eachStep) {
    this.source = source;
    this.pattern = pattern;
    this.limit = limit;
    this.found = found;
    this.eachStep = eachStep;
  }

  /** Numbers of one size in the machine's byte order; bits of {@code mask} do not count. */
  static Pattern numbers(List<Long> values, int size, long mask, ByteOrder order) {
    long compared = ~mask & (size == Long.BYTES ? -1 : (1L << (size * Byte.SIZE)) - 1);
    long[] wanted = values.stream().mapToLong(value -> value & compared).toArray();
    return new Pattern() {
      @Override
      public int length() {
        return size;
      }

      @Override
      public int alignment() {
        return size;
      }

      @Override
      public boolean matches(byte[] data, int at) {
        long number = number(data, at, size, order) & compared;
        for (long value : wanted) {
          if (number == value) {
            return true;
          }
        }
        return false;
      }
    };
  }

  static long number(byte[] data, int at, int size, ByteOrder order) {
    ByteBuffer buffer = ByteBuffer.wrap(data).order(order);
    return switch (size) {
      case Long.BYTES -> buffer.getLong(at);
      case Integer.BYTES -> Integer.toUnsignedLong(buffer.getInt(at));
      case Short.BYTES -> Short.toUnsignedLong(buffer.getShort(at));
      default -> Byte.toUnsignedLong(buffer.get(at));
    };
  }

  static Pattern bytes(byte[] wanted) {
    return new Pattern() {
      @Override
      public int length() {
        return wanted.length;
      }

      @Override
      public int alignment() {
        return 1;
      }

      @Override
      public boolean matches(byte[] data, int at) {
        for (int i = 0; i < wanted.length; i++) {
          if (data[at + i] != wanted[i]) {
            return false;
          }
        }
        return true;
      }
    };
  }

  /**
   * Searches a range.
   *
   * @param last the last address of it
   */
  void search(long first, long last) {
    byte[] data = new byte[CHUNK + CONTEXT + pattern.length()];
    long at = source.next(first);
    while (Long.compareUnsigned(at, last) <= 0
        && Long.compareUnsigned(at, first) >= 0
        && count < limit) {
      eachStep.run();
      long left = last - at;
      // Chunks end at multiples of their size, and a little of the next one is read too.
      int chunk = (int) (CHUNK - Long.remainderUnsigned(at, CHUNK));
      int wanted = Long.compareUnsigned(left, chunk) < 0 ? (int) left + 1 : chunk;
      int got = source.read(at, data, 0, wanted + CONTEXT + pattern.length());
      look(data, got, Math.min(wanted, got), at, last);
      long next =
          got < wanted
              ? source.next(
                  at + got + SMALLEST_PAGE - Long.remainderUnsigned(at + got, SMALLEST_PAGE))
              : source.next(at + wanted);
      if (Long.compareUnsigned(next, at) <= 0) {
        break;
      }
      at = next;
    }
  }

  private void look(byte[] data, int got, int starts, long address, long last) {
    int step = pattern.alignment();
    int from = (int) (-address & (step - 1));
    for (int i = from; i < starts && i + pattern.length() <= got; i += step) {
      if (Long.compareUnsigned(last - address, (long) i + pattern.length() - 1) >= 0
          && pattern.matches(data, i)) {
        int length = Math.min(CONTEXT, got - i);
        found.accept(new Match(address + i, new String(data, i, length, ISO_8859_1)));
        if (++count == limit) {
          return;
        }
      }
    }
  }
}
