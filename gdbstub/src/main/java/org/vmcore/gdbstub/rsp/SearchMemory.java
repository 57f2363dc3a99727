package org.vmcore.gdbstub.rsp;

import java.util.Arrays;

/**
 * gdb's {@code find} (GDB manual, "General Query Packets").
 *
 * <pre>
 *   qSearch:memory:ADDRESS;LENGTH;PATTERN      PATTERN in binary
 *   reply = '0' | '1,' ADDRESS
 *
 *   > qSearch:memory:ffffffff82000000;100000;Linux version
 *   < 1,ffffffff82001234
 * </pre>
 *
 * Memory that cannot be read is stepped over, a hole at a time, since a dump is full of them; gdb
 * would make "not found" of an error anyway.
 */
final class SearchMemory implements PacketFamily {
  private static final int CHUNK = 256 << 10;

  @Override
  public void register(PacketTable table) {
    table.name("qSearch:memory", SearchMemory::search);
  }

  private static void search(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    packet.expect(':');
    long from = packet.hex();
    packet.expect(';');
    long length = packet.hex();
    packet.expect(';');
    byte[] pattern = packet.restBytes();
    if (pattern.length == 0) {
      throw new MalformedPacketException("nothing to search for");
    }
    if (!find(session, from, length, pattern, reply)) {
      reply.text("0");
    }
  }

  private static boolean find(
      Session session, long from, long length, byte[] pattern, Reply reply) {
    byte[] data = session.scratch(CHUNK + pattern.length);
    long location = from;
    // Counted rather than compared with an end, which may be 2^64.
    long left = length;
    // Bytes at the beginning of the array that lie right before this location.
    int kept = 0;
    while (left != 0) {
      session.stillBusy();
      int wanted = Long.compareUnsigned(left, CHUNK) < 0 ? (int) left : CHUNK;
      wanted = (int) Math.min(wanted, CHUNK - Long.remainderUnsigned(location, CHUNK));
      int count = session.read(location, data, kept, wanted).length();
      int index = indexOf(data, kept + count, pattern);
      if (index >= 0) {
        reply.text("1,").number(location - kept + index);
        return true;
      }
      long done;
      if (count == wanted) {
        int keep = Math.min(pattern.length - 1, kept + count);
        System.arraycopy(data, kept + count - keep, data, 0, keep);
        kept = keep;
        done = count;
      } else {
        kept = 0;
        // Where nothing more is there, what is left to 2^64, which is 0 from 0 on.
        done = session.afterHole(location + count) - location;
      }
      if (done == 0 || Long.compareUnsigned(done, left) > 0) {
        done = left;
      }
      location += done;
      left -= done;
    }
    return false;
  }

  private static int indexOf(byte[] data, int length, byte[] pattern) {
    byte first = pattern[0];
    for (int i = 0; i <= length - pattern.length; i++) {
      if (data[i] == first
          && Arrays.equals(data, i, i + pattern.length, pattern, 0, pattern.length)) {
        return i;
      }
    }
    return -1;
  }
}
