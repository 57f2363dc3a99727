package org.vmcore.gdbstub.rsp;

/**
 * Goodbye (GDB manual, "Packets"). Ends this session; the server and the dump stay.
 *
 * <pre>
 *   D [;PID]       detach
 *   k              kill; has no reply but for LLDB, which waits for one
 *   vKill;PID      kill, after which the debugger closes the connection itself
 *
 *   > D;1
 *   < OK
 * </pre>
 */
final class EndSession implements PacketFamily {
  /** GDB include/gdb/signals.def. */
  private static final int SIGKILL = 9;

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
          if (session.features().gdb) {
            reply.suppress();
          } else {
            reply.text("X").octet(SIGKILL);
          }
        });
    table.name("vKill", (session, packet, reply) -> reply.text("OK"));
  }
}
