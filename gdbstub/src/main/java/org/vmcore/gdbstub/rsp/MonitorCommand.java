package org.vmcore.gdbstub.rsp;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * gdb's {@code monitor} (GDB manual, "General Query Packets", qRcmd).
 *
 * <pre>
 *   qRcmd,HEX         the command line
 *   reply = { 'O' HEX } 'OK'
 *
 *   > qRcmd,68656c70                      "help"
 *   < O76746f70204144445245...            what it prints, as it prints it
 *   < OK
 * </pre>
 */
final class MonitorCommand implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    table.name("qRcmd", MonitorCommand::run);
  }

  private static void run(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    packet.expect(',');
    String commandLine = new String(packet.restHex(), StandardCharsets.UTF_8);
    Optional<Target.Monitor> monitor = session.target().monitor();
    if (monitor.isEmpty()) {
      return;
    }
    monitor.get().run(commandLine, session.thread(), new SessionConsole(session));
    reply.text("OK");
  }

  private record SessionConsole(Session session) implements Target.Console {
    @Override
    public void print(String text) {
      session.print(text);
    }

    @Override
    public void stillBusy() {
      session.stillBusy();
    }
  }
}
