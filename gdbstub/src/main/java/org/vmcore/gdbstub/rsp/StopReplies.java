package org.vmcore.gdbstub.rsp;

import java.util.List;

/**
 * Why the machine stands still (GDB manual, "Stop Reply Packets").
 *
 * <pre>
 *   ?                          why did it stop?
 *   qThreadStopInfo TID        the same for one thread (LLDB)
 *   QListThreadsInStopReply    list all threads in it from now on (LLDB)
 *   reply = 'T' signal { key ':' value ';' }
 *
 *   > ?
 *   < T0bthread:p1.2;core:1;
 * </pre>
 */
final class StopReplies implements PacketFamily {

  @Override
  public void register(PacketTable table) {
    table.name("?", StopReplies::ofMachine);
    table.prefix("qThreadStopInfo", StopReplies::ofThread);
    table.name(
        "QListThreadsInStopReply",
        (session, packet, reply) -> {
          session.features().threadsInStopReply = true;
          reply.text("OK");
        });
  }

  /**
   * LLDB numbers threads in the order in which it hears of them, and selects one that has a reason
   * to have stopped, wherever it is: it hears of the first, which has none (LLDB
   * ProcessGDBRemote.cpp, SetThreadStopInfo; Process.cpp, HandleProcessStateChangedEvent).
   */
  private static void ofMachine(Session session, Packet packet, Reply reply) {
    if (session.inferiors().isEmpty()) {
      // Nothing is left to be stopped, as in gdbserver before it has a program.
      reply.text("W00");
    } else if (session.features().threadsInStopReply) {
      ofThread(session, reply, session.target().threads().get(0).id());
    } else {
      write(session, reply, session.target().stopSignal());
    }
  }

  /**
   * The machine's stop reply. A debugger takes the thread named in it for selected from then on,
   * without saying so (gdb remote.c, record_currthread).
   */
  static void write(Session session, Reply reply, int signal) {
    ThreadId stopped = session.target().currentThread();
    session.select(stopped);
    write(session, reply, stopped, signal);
  }

  private static void ofThread(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    var thread = packet.thread().resolve(session);
    if (thread.isEmpty()) {
      Errors.NO_SUCH_THING.write(session, reply, "no such thread");
      return;
    }
    ofThread(session, reply, thread.get());
  }

  /** Only one thread brought the machine down; signal 0 is "none". */
  private static void ofThread(Session session, Reply reply, ThreadId thread) {
    Target target = session.inferiors().of(thread);
    boolean culprit = thread.equals(target.currentThread());
    write(session, reply, thread, culprit ? target.stopSignal() : 0);
  }

  private static void write(Session session, Reply reply, ThreadId thread, int signal) {
    reply.text("T").octet(signal).text("thread:");
    QueryThreads.writeId(session, reply, thread);
    reply.text(";");
    List<Target.ThreadInfo> threads = session.inferiors().threads();
    for (Target.ThreadInfo info : threads) {
      if (info.id().equals(thread) && info.core() >= 0) {
        reply.text("core:").number(info.core()).text(";");
      }
    }
    if (session.features().threadsInStopReply) {
      if (LocalLibraries.areUntold(session)) {
        reply.text("library:1;");
      }
      reply.text("threads:");
      String separator = "";
      for (Target.ThreadInfo info : threads) {
        reply.text(separator);
        QueryThreads.writeId(session, reply, info.id());
        separator = ",";
      }
      reply.text(";");
    }
  }
}
