package org.vmcore.gdbstub.rsp;

/**
 * Memory (GDB manual, "Packets", 'm' and 'x').
 *
 * <pre>
 *   m ADDRESS ',' LENGTH    in hexadecimal
 *   x ADDRESS ',' LENGTH    'b' and then binary; bare binary for an LLDB that asked "x0,0"
 *
 *   > mffffffff81000000,4
 *   < 4c8d3d01
 *   > mffffffff81000ffe,4
 *   < 9090                              the next page is not there: what there is
 *   > m10,8
 *   < E0e                               not even one byte
 * </pre>
 */
final class ReadMemory implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    table.prefix("m", ReadMemory::hex);
    table.prefix("x", ReadMemory::binary);
  }

  private static void hex(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    long location = packet.hex();
    packet.expect(',');
    int length = Math.min(packet.length(), session.maxHexBytes());
    packet.expectEnd();
    if (length == 0) {
      // An empty reply would say that the packet is not supported.
      throw new MalformedPacketException("no bytes asked for");
    }
    byte[] data = session.scratch(length);
    int count = read(session, reply, 'm', location, data, length);
    reply.hex(data, 0, count);
  }

  private static void binary(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    long location = packet.hex();
    packet.expect(',');
    int length = Math.min(packet.length(), session.limits().packetSize());
    packet.expectEnd();
    Features features = session.features();
    if (length == 0 && location == 0 && !features.gdb) {
      features.bareBinary = true;
      reply.text("OK");
      return;
    }
    byte[] data = session.scratch(length);
    int count = length == 0 ? 0 : read(session, reply, 'x', location, data, length);
    if (count > 0 || length == 0) {
      if (!features.bareBinary) {
        reply.text("b");
      }
      reply.binary(data, 0, count);
    }
  }

  /** Reads what there is; when there is nothing, writes the error and returns 0. */
  private static int read(
      Session session, Reply reply, char kind, long location, byte[] data, int length) {
    Target.MemoryRead read = session.read(location, data, 0, length);
    if (read.length() < length) {
      session.logShortRead(location, length, read);
    } else {
      session.noteRead(kind, location, length);
    }
    if (read.length() == 0) {
      Target.Problem problem = read.problem();
      Errors.UNREADABLE.write(
          session,
          reply,
          "Cannot read address %#x: %s"
              .formatted(location, problem == null ? "no reason given" : problem.message()));
    }
    return read.length();
  }
}
