package org.vmcore.gdbstub.rsp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The reply to the next packet, made while the debugger still works on the last one. gdb reads a
 * large area packet by packet and takes milliseconds to decode each, in which a server would do
 * nothing; a read that goes on where a large one ended finds its answer ready, and of smaller reads
 * the third.
 *
 * <p>Whatever else the debugger sends throws the reply away, so nothing it sets can come between.
 */
final class ReadAhead {
  /** Smaller reads are not worth a guess: they are the walks through structures. */
  private static final int SMALLEST = 4096;

  /** Nobody asks for so much but for a piece of an area: gdb's packets hold 128 or 256 KiB. */
  private static final int PIECE = 64 << 10;

  private final Reply[] replies = {new Reply(), new Reply()};
  private int current;
  private char kind;
  private long next;
  private int length;
  private boolean sequential;
  private byte[] expected = new byte[0];
  private boolean ready;

  /** The reply in which packets are answered now. */
  Reply reply() {
    return replies[current];
  }

  /** Notes a read that got all it asked for. */
  void note(char packetKind, long location, int count) {
    boolean goesOn = packetKind == kind && location == next && count == length;
    sequential = count >= PIECE || (count >= SMALLEST && goesOn);
    kind = packetKind;
    next = location + count;
    length = count;
  }

  /** The packet that is likely to come, or an empty one. */
  byte[] guess() {
    if (!sequential || ready) {
      return new byte[0];
    }
    expected =
        (kind + Long.toHexString(next) + "," + Integer.toHexString(length))
            .getBytes(StandardCharsets.US_ASCII);
    return expected;
  }

  /** Where the reply to the guess is made. */
  Reply spare() {
    return replies[1 - current];
  }

  void setReady(boolean value) {
    ready = value;
  }

  /** Whether this is the packet that was guessed; if so, its reply is now the current one. */
  boolean take(byte[] packet, int packetLength) {
    boolean hit = ready && Arrays.equals(packet, 0, packetLength, expected, 0, expected.length);
    ready = false;
    if (hit) {
      current = 1 - current;
      note(kind, next, length);
    } else {
      sequential = false;
    }
    return hit;
  }
}
