package org.vmcore.gdbstub.rsp;

import java.util.List;
import java.util.Optional;

/**
 * The list of threads (GDB manual, "General Query Packets").
 *
 * <pre>
 *   qC                      the current thread
 *   qfThreadInfo            the first threads
 *   qsThreadInfo            and those that follow; 'l' ends the list
 *   qThreadExtraInfo,TID    text for a person, in hexadecimal
 *   T TID                   is it alive?
 *
 *   > qfThreadInfo
 *   < mp1.1,p1.2
 *   > qsThreadInfo
 *   < l
 * </pre>
 *
 * gdb takes them from qXfer:threads instead when that is offered ({@link ThreadList}).
 */
final class QueryThreads implements PacketFamily {
  /** Room for two numbers of 64 bits and the punctuation. */
  private static final int LONGEST_ID = 36;

  @Override
  public void register(PacketTable table) {
    table.name(
        "qC",
        (session, packet, reply) -> {
          reply.text("QC");
          writeId(session, reply, session.thread());
        });
    table.name(
        "qfThreadInfo",
        (session, packet, reply) -> {
          session.setNextThread(0);
          list(session, reply);
        });
    table.name("qsThreadInfo", (session, packet, reply) -> list(session, reply));
    table.name("qThreadExtraInfo", QueryThreads::extraInfo);
    table.prefix("T", QueryThreads::isAlive);
  }

  /** A thread in the form this debugger understands. */
  static void writeId(Session session, Reply reply, ThreadId id) {
    if (session.features().multiprocess) {
      reply.text("p").number(id.process()).text(".");
    }
    reply.number(id.thread());
  }

  private static void list(Session session, Reply reply) {
    List<Target.ThreadInfo> threads = session.inferiors().threads();
    int next = session.nextThread();
    if (next >= threads.size()) {
      reply.text("l");
      return;
    }
    String separator = "m";
    for (; next < threads.size() && hasRoom(session, reply); next++) {
      reply.text(separator);
      writeId(session, reply, threads.get(next).id());
      separator = ",";
    }
    session.setNextThread(next);
  }

  private static boolean hasRoom(Session session, Reply reply) {
    return reply.size() + LONGEST_ID < session.limits().packetSize();
  }

  private static void extraInfo(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    packet.expect(',');
    Optional<ThreadId> id = packet.thread().resolve(session);
    Optional<Target.ThreadInfo> found =
        session.inferiors().threads().stream()
            .filter(thread -> id.isPresent() && thread.id().equals(id.get()))
            .findFirst();
    if (found.isEmpty()) {
      Errors.NO_SUCH_THING.write(session, reply, "no such thread");
      return;
    }
    Target.ThreadInfo thread = found.get();
    String description = thread.description();
    reply.hexText(description.isEmpty() ? thread.name() : thread.name() + " (" + description + ")");
  }

  private static void isAlive(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    if (packet.thread().resolve(session).isPresent()) {
      reply.text("OK");
    } else {
      Errors.NO_SUCH_THING.write(session, reply, "no such thread");
    }
  }
}
