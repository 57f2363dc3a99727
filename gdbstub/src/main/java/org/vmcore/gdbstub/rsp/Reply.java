package org.vmcore.gdbstub.rsp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One packet from us, framed, escaped, run-length encoded and summed as it is written. A session
 * uses one over and over, so its array grows once.
 *
 * <p>Run-length encoding (GDB manual, "Overview"): {@code X*N} is X and then N-29 more of it, 3 to
 * 97. {@code #} and {@code $} may not be counts, so 6 and 7 more are written as 5. gdb expands runs
 * in any packet, and so does LLDB (GDBRemoteCommunication::ExpandRLE). Only data that may be long
 * is encoded: memory, registers and objects.
 */
final class Reply {
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** A character and the two of its count replace this many at least. */
  private static final int SHORTEST_RUN = 4;

  private static final int LONGEST_RUN = 98;

  private byte[] out = new byte[512];
  private int size;
  private int sum;
  private boolean wanted = true;

  Reply() {
    begin();
  }

  /** Forgets what was written. */
  void begin() {
    out[0] = '$';
    size = 1;
    sum = 0;
    wanted = true;
  }

  /** No packet at all will be sent, not even an empty one. */
  void suppress() {
    wanted = false;
  }

  boolean isWanted() {
    return wanted;
  }

  /** Ends the packet. After this it can be sent any number of times, until {@link #begin}. */
  void finish() {
    ensure(3);
    out[size++] = '#';
    SHORTS.set(out, size, Hex.PAIRS[sum & 0xff]);
    size += 2;
  }

  byte[] array() {
    return out;
  }

  int size() {
    return size;
  }

  /** Text of ours, which holds none of the protocol's own characters. */
  Reply text(String ascii) {
    ensure(ascii.length());
    for (int i = 0; i < ascii.length(); i++) {
      put(ascii.charAt(i));
    }
    return this;
  }

  Reply number(long value) {
    return text(Long.toHexString(value));
  }

  /** Two digits for the low eight bits. */
  Reply octet(int value) {
    ensure(2);
    put(Hex.digit(value >> 4));
    put(Hex.digit(value));
    return this;
  }

  /** Text of any kind, in hexadecimal, as UTF-8. */
  Reply hexText(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return hex(bytes, 0, bytes.length);
  }

  /** Bytes nobody knows, as {@code g} and {@code p} write them. */
  Reply unavailable(int bytes) {
    ensure(2 * bytes);
    run('x', 2 * bytes);
    return this;
  }

  /** Two digits a byte. */
  Reply hex(byte[] data, int offset, int length) {
    ensure(2 * length);
    byte[] to = out;
    int at = size;
    int total = sum;
    int end = offset + length;
    int i = offset;
    while (i < end) {
      int b = data[i] & 0xff;
      int pair = Hex.PAIRS[b];
      if (b >> 4 != (b & 15)) {
        // Most bytes: no run of four can lie within two different digits.
        SHORTS.set(to, at, (short) pair);
        at += 2;
        total += (pair & 0xff) + (pair >> 8);
        i++;
        continue;
      }
      int equal = equalBytes(data, i, end);
      int next = i + equal;
      boolean joinsBefore = i > offset && (data[i - 1] & 15) == (b & 15);
      boolean joinsAfter = next < end && (data[next] & 0xff) >> 4 == (b & 15);
      int run = 2 * equal + (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0);
      if (run < SHORTEST_RUN) {
        SHORTS.set(to, at, (short) pair);
        at += 2;
        total += 2 * (pair >> 8);
        i++;
        continue;
      }
      int digit = pair >> 8;
      if (joinsBefore) {
        // The digit before has been written; it becomes the first of this run.
        at--;
        total -= digit;
      }
      i = next;
      size = at;
      sum = total;
      run(digit, run);
      if (joinsAfter) {
        put(Hex.digit(data[i++]));
      }
      at = size;
      total = sum;
    }
    size = at;
    sum = total;
    return this;
  }

  /** Bytes as they are, but for the four that must be escaped. */
  Reply binary(byte[] data, int offset, int length) {
    ensure(2 * length);
    int end = offset + length;
    for (int i = offset; i < end; ) {
      int b = data[i] & 0xff;
      if (b == '#' || b == '$' || b == '}' || b == '*') {
        put('}');
        put(b ^ 0x20);
        i++;
      } else if (i + 1 < end && data[i + 1] == data[i]) {
        int equal = equalBytes(data, i, end);
        run(b, equal);
        i += equal;
      } else {
        put(b);
        i++;
      }
    }
    return this;
  }

  Reply binary(byte[] data) {
    return binary(data, 0, data.length);
  }

  /** How many bytes from {@code from} on are the same. */
  private static int equalBytes(byte[] data, int from, int end) {
    byte first = data[from];
    int i = from + 1;
    if (i < end && data[i] != first) {
      return 1;
    }
    long eight = (first & 0xffL) * 0x0101010101010101L;
    while (i + Long.BYTES <= end && (long) LONGS.get(data, i) == eight) {
      i += Long.BYTES;
    }
    while (i < end && data[i] == first) {
      i++;
    }
    return i - from;
  }

  private void run(int character, int count) {
    int left = count;
    while (left >= SHORTEST_RUN) {
      int taken = Math.min(left, LONGEST_RUN);
      int more = taken - 1;
      if (more == '#' - 29 || more == '$' - 29) {
        more = '#' - 29 - 1;
      }
      put(character);
      put('*');
      put(more + 29);
      left -= more + 1;
    }
    for (; left > 0; left--) {
      put(character);
    }
  }

  private void put(int b) {
    out[size++] = (byte) b;
    sum += b;
  }

  /** Makes room for that many bytes and the frame's end. */
  private void ensure(int more) {
    int needed = Math.addExact(size, more + 3);
    if (needed > out.length) {
      out = Arrays.copyOf(out, Math.max(needed, out.length * 2));
    }
  }
}
