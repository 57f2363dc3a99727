package org.vmcore.gdbstub.rsp;

/**
 * gdb's {@code compare-sections} (GDB manual, "General Query Packets", qCRC): CRC-32 with the
 * polynomial 0x04c11db7, the most significant bit of each byte first, beginning with 0xffffffff and
 * not inverted at the end.
 *
 * <pre>
 *   qCRC:ADDRESS,LENGTH
 *
 *   > qCRC:ffffffff81000000,9
 *   < C376e6e7                           of "123456789"
 * </pre>
 */
final class MemoryCrc implements PacketFamily {
  private static final int POLYNOMIAL = 0x04c11db7;
  private static final int CHUNK = 256 << 10;
  private static final int[] TABLE = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int crc = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc < 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
      }
      TABLE[i] = crc;
    }
  }

  @Override
  public void register(PacketTable table) {
    table.name("qCRC", MemoryCrc::crc);
  }

  private static void crc(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    packet.expect(':');
    long location = packet.hex();
    packet.expect(',');
    long left = packet.hex();
    packet.expectEnd();
    byte[] data = session.scratch(CHUNK);
    int crc = 0xffffffff;
    while (left != 0) {
      session.stillBusy();
      int wanted = Long.compareUnsigned(left, CHUNK) < 0 ? (int) left : CHUNK;
      Target.MemoryRead read = session.read(location, data, 0, wanted);
      if (read.length() < wanted) {
        session.logShortRead(location, wanted, read);
        Errors.UNREADABLE.write(
            session, reply, "Cannot read address %#x".formatted(location + read.length()));
        return;
      }
      for (int i = 0; i < wanted; i++) {
        crc = crc << 8 ^ TABLE[(crc >>> 24 ^ data[i]) & 0xff];
      }
      location += wanted;
      left -= wanted;
    }
    reply.text("C").number(crc & 0xffffffffL);
  }
}
