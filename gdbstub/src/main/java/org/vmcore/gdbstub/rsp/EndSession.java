package org.vmcore.gdbstub.rsp;

/**
 * Goodbye (GDB manual, "Packets"). Ends this session; the server and the dump stay.
 *
 * <pre>
 *   D [;PID]       detach
 *   k              kill; has no reply
 *   vKill;PID      kill, after which the debugger closes the connection itself
 *
 *   > D;1
 *   < OK
 * </pre>
 */
final class EndSession implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    table.name(
        "D",
        (session, packet, reply) -> {
          session.finish();
          reply.text("OK");
        });
    table.name(
        "k",
        (session, packet, reply) -> {
          session.finish();
          reply.suppress();
        });
    table.name("vKill", (session, packet, reply) -> reply.text("OK"));
  }
}
