package org.vmcore.gdbstub.rsp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What both sides can do (GDB manual, "General Query Packets", qSupported).
 *
 * <pre>
 *   qSupported[:FEATURE{;FEATURE}]    FEATURE = NAME '+' | NAME '-' | NAME '=' VALUE
 *   vMustReplyEmpty                   any packet nobody will ever know
 *   QStartNoAckMode                   no more '+' and '-'
 *   qSymbol::                         gdb offers to look symbols up; we need none
 *   qAttached[:PID]                   1: leave it alone when the debugger quits
 *
 *   > qSupported:multiprocess+;swbreak+;qRelocInsn+
 *   < PacketSize=40000;QStartNoAckMode+;multiprocess+;swbreak+;vContSupported+;...
 * </pre>
 */
final class Negotiation implements PacketFamily {

  @Override
  public void register(PacketTable table) {
    table.name("qSupported", Negotiation::supported);
    table.name("vMustReplyEmpty", (session, packet, reply) -> {});
    table.name("QStartNoAckMode", Negotiation::startNoAckMode);
    table.name("qSymbol", (session, packet, reply) -> reply.text("OK"));
    table.name("qAttached", (session, packet, reply) -> reply.text("1"));
  }

  private static void supported(Session session, Packet packet, Reply reply) {
    packet.skip(':');
    Set<String> asked = new HashSet<>();
    while (!packet.atEnd()) {
      asked.add(packet.textUntil(';'));
    }
    Features features = session.features();
    features.gdb = asked.contains("qRelocInsn+");
    // LLDB announces multiprocess too, and then mixes both spellings of a thread.
    features.multiprocess = features.gdb && asked.contains("multiprocess+");
    features.sinceGdb11 = features.gdb && asked.contains("memory-tagging+");
    features.errorMessage = asked.contains("error-message+");

    List<String> offered = new ArrayList<>();
    offered.add("PacketSize=" + Integer.toHexString(session.limits().packetSize()));
    offered.add("QStartNoAckMode+");
    if (features.multiprocess) {
      offered.add("multiprocess+");
    }
    // Without these gdb moves a stopped thread's pc back by one where it has set a breakpoint.
    for (String name : List.of("swbreak+", "hwbreak+")) {
      if (asked.contains(name)) {
        offered.add(name);
      }
    }
    offered.add("vContSupported+");
    if (features.errorMessage) {
      offered.add("error-message+");
    }
    offered.add("binary-upload+");
    for (String object : TransferObjects.names(session)) {
      offered.add("qXfer:" + object + ":read+");
    }
    reply.text(String.join(";", offered));
  }

  private static void startNoAckMode(Session session, Packet packet, Reply reply) {
    session.features().noAck = true;
    reply.text("OK");
  }
}
