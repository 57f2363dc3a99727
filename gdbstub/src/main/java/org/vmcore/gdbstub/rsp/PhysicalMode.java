package org.vmcore.gdbstub.rsp;

/**
 * Physical instead of virtual addresses for {@code m}, {@code x}, {@code qSearch} and {@code qCRC},
 * as QEMU has it (gdbstub/gdbstub.c, handle_query_qemu_phy_mem_mode).
 *
 * <pre>
 *   qqemu.Supported
 *   qqemu.PhyMemMode             0 or 1
 *   Qqemu.PhyMemMode:0           virtual
 *   Qqemu.PhyMemMode:1           physical
 *
 *   > Qqemu.PhyMemMode:1
 *   < OK
 * </pre>
 */
final class PhysicalMode implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    table.name(
        "qqemu.Supported",
        (session, packet, reply) -> reply.text(isOffered(session) ? "PhyMemMode" : ""));
    table.name(
        "qqemu.PhyMemMode",
        (session, packet, reply) -> {
          if (isOffered(session)) {
            reply.text(session.isPhysical() ? "1" : "0");
          }
        });
    table.name("Qqemu.PhyMemMode", PhysicalMode::set);
  }

  private static boolean isOffered(Session session) {
    return session.target().physicalMemory().isPresent();
  }

  private static void set(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    if (!isOffered(session)) {
      return;
    }
    packet.expect(':');
    session.setPhysical(packet.hex() != 0);
    packet.expectEnd();
    reply.text("OK");
  }
}
