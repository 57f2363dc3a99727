package org.vmcore.gdbstub.rsp;

import java.util.OptionalLong;

/**
 * Goodbye (GDB manual, "Packets"). Ends this session, unless the debugger is in extended mode and
 * names a process; the server and the dump stay.
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
    table.name("D", EndSession::detach);
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
    table.name("vKill", EndSession::kill);
  }

  private static void detach(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    OptionalLong process = process(packet);
    if (process.isPresent() && session.inferiors().isExtended()) {
      release(session, reply, process.getAsLong());
    } else {
      session.finish();
      reply.text("OK");
    }
  }

  private static void kill(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    OptionalLong process = process(packet);
    if (process.isPresent() && session.inferiors().isExtended()) {
      release(session, reply, process.getAsLong());
    } else {
      reply.text("OK");
    }
  }

  private static OptionalLong process(Packet packet) throws MalformedPacketException {
    return packet.skip(';') ? OptionalLong.of(packet.hex()) : OptionalLong.empty();
  }

  private static void release(Session session, Reply reply, long process) {
    if (session.inferiors().release(process)) {
      reply.text("OK");
    } else {
      Errors.NO_SUCH_THING.write(session, reply, "no such process");
    }
  }
}
