package org.vmcore.gdbstub.rsp;

import java.util.Optional;

/**
 * Which thread later packets are about (GDB manual, "Packets", 'H').
 *
 * <pre>
 *   H 'g' TID    registers and memory
 *   H 'c' TID    resuming, which is the same for every thread of a dead machine
 *
 *   > Hgp1.2
 *   < OK
 * </pre>
 */
final class SelectThread implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    table.prefix("Hg", SelectThread::forReading);
    table.prefix("Hc", SelectThread::check);
  }

  private static void forReading(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    check(session, packet, reply).ifPresent(session::select);
  }

  private static Optional<ThreadId> check(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    Optional<ThreadId> thread = packet.thread().resolve(session);
    packet.expectEnd();
    if (thread.isPresent()) {
      reply.text("OK");
    } else {
      Errors.NO_SUCH_THING.write(session, reply, "no such thread");
    }
    return thread;
  }
}
