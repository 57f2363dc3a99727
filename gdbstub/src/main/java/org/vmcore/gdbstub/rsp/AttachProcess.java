package org.vmcore.gdbstub.rsp;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Inferiors beside the machine (GDB manual, "Packets", '!' and 'vAttach').
 *
 * <pre>
 *   !               extended mode: the debugger may attach to processes, and stays when it has none
 *   vAttach;PID     reply = a stop reply
 *
 *   > vAttach;3f
 *   < T05thread:p3f.3f;
 * </pre>
 */
final class AttachProcess implements PacketFamily {
  private static final Logger log = LoggerFactory.getLogger(AttachProcess.class);

  @Override
  public void register(PacketTable table) {
    table.name("!", AttachProcess::extend);
    table.name("vAttach", AttachProcess::attach);
  }

  private static void extend(Session session, Packet packet, Reply reply) {
    // LLDB takes a process for the whole of its target.
    if (session.features().multiprocess) {
      session.inferiors().extend();
      session.select(session.target().currentThread());
    }
    reply.text("OK");
  }

  private static void attach(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    if (session.inferiors().machine().processes().isEmpty()) {
      return;
    }
    packet.expect(';');
    long pid = packet.hex();
    packet.expectEnd();
    try {
      Target attached = session.inferiors().attach(pid);
      session.select(attached.currentThread());
      StopReplies.write(session, reply, attached.stopSignal());
    } catch (Target.NoProcessException e) {
      // gdb before 16 shows no reason.
      log.warn("Not attached to process {}: {}", pid, e.getMessage());
      Errors.NO_SUCH_THING.write(session, reply, String.valueOf(e.getMessage()));
    }
  }
}
