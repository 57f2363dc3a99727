package org.vmcore.gdbstub.rsp;

/**
 * A dump is evidence: nothing writes to it (GDB manual, "Packets").
 *
 * <pre>
 *   G VALUES   P NUMBER '=' VALUE   M ADDRESS ',' LENGTH ':' HEX   X ADDRESS ',' LENGTH ':' BINARY
 *
 *   > P0=0100000000000000
 *   < E.the dump is read-only           to gdb, which has long taken text in reply to these
 * </pre>
 */
final class RefuseWrites implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    for (String name : new String[] {"G", "P", "M", "X"}) {
      table.prefix(name, RefuseWrites::refuse);
    }
  }

  private static void refuse(Session session, Packet packet, Reply reply) {
    String message = "the dump is read-only";
    if (session.features().gdb) {
      Errors.writeText(reply, message);
    } else {
      Errors.READ_ONLY.write(session, reply, message);
    }
  }
}
