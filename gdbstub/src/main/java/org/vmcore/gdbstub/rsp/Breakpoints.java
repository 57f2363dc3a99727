package org.vmcore.gdbstub.rsp;

/**
 * Breakpoints (GDB manual, "Packets", 'z' and 'Z'). They are never reached, so any may be set: the
 * kernel's lx-symbols and every IDE insert some.
 *
 * <pre>
 *   Z TYPE ',' ADDRESS ',' KIND ...    TYPE 0 to 4
 *   z TYPE ',' ADDRESS ',' KIND
 *
 *   > Z0,ffffffff81000000,1
 *   < OK
 * </pre>
 */
final class Breakpoints implements PacketFamily {
  private static final int LAST_TYPE = 4;

  @Override
  public void register(PacketTable table) {
    table.prefix("Z", Breakpoints::accept);
    table.prefix("z", Breakpoints::accept);
  }

  private static void accept(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    long type = packet.hex();
    packet.expect(',');
    packet.hex();
    packet.expect(',');
    packet.hex();
    if (Long.compareUnsigned(type, LAST_TYPE) <= 0) {
      reply.text("OK");
    }
  }
}
