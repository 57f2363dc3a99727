package org.vmcore.gdbstub.rsp;

/**
 * A dead machine does not run: every wish to resume it is answered with the stop it is in, and once
 * with an explanation (GDB manual, "Packets").
 *
 * <pre>
 *   c [ADDRESS]   C SIGNAL[;ADDRESS]   s [ADDRESS]   S SIGNAL[;ADDRESS]   bc   bs
 *   vCont?        vCont{;ACTION[:THREAD]}
 *   R XX          restart; has no reply
 *
 *   > vCont;c:p1.-1
 *   < O5468652063...                   "The machine has crashed and cannot run ..."
 *   < T0bthread:p1.2;core:1;
 * </pre>
 */
final class ResumeAndStop implements PacketFamily {
  /** GDB include/gdb/signals.def. */
  private static final int SIGINT = 2;

  private static final int SIGTRAP = 5;

  private static final String EXPLANATION =
      "The machine has crashed and cannot run. Look at its memory, registers and threads.\n";

  @Override
  public void register(PacketTable table) {
    for (String name : new String[] {"c", "C", "s", "S"}) {
      table.prefix(name, ResumeAndStop::resume);
    }
    table.name("bc", ResumeAndStop::resume);
    table.name("bs", ResumeAndStop::resume);
    table.name("vCont", ResumeAndStop::vCont);
    table.prefix("R", (session, packet, reply) -> reply.suppress());
  }

  private static void vCont(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    if (packet.skip('?')) {
      reply.text("vCont;c;C;s;S");
    } else {
      packet.expect(';');
      resume(session, packet, reply);
    }
  }

  private static void resume(Session session, Packet packet, Reply reply) {
    if (session.mustTellItCannotRun()) {
      session.print(EXPLANATION);
    }
    int signal = session.target().stopSignal();
    // After a SIGTRAP with the same pc gdb's "step" and "next" would step on for ever.
    StopReplies.write(session, reply, signal == SIGTRAP ? SIGINT : signal);
  }
}
