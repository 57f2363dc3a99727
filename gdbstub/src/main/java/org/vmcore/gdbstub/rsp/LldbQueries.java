package org.vmcore.gdbstub.rsp;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What LLDB asks beyond gdb's protocol (LLDB docs/resources/lldbgdbremote.md). What is not here it
 * can do without.
 *
 * <pre>
 *   qHostInfo, qProcessInfo    { key ':' value ';' }; triples are text in hexadecimal
 *   QEnableErrorStrings        errors may carry text
 *   jThreadsInfo               all threads, as JSON
 *
 *   > qProcessInfo
 *   < pid:1;triple:7838365f36342d...;endian:little;ptrsize:8;
 *   > jThreadsInfo
 *   < [{"tid":1,"name":"CPU 0","reason":"none"},...     '}' escaped
 * </pre>
 */
final class LldbQueries implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    table.name("qHostInfo", LldbQueries::hostInfo);
    table.name("qProcessInfo", LldbQueries::processInfo);
    table.name(
        "QEnableErrorStrings",
        (session, packet, reply) -> {
          session.features().errorStrings = true;
          reply.text("OK");
        });
    table.name("jThreadsInfo", LldbQueries::threadsInfo);
  }

  private static void hostInfo(Session session, Packet packet, Reply reply) {
    Optional<Target.Host> host = session.target().host();
    if (host.isPresent()) {
      writeHost(host.get(), reply);
      // The one number here that is decimal.
      reply.text("vm-page-size:" + host.get().pageBytes() + ";");
    }
  }

  private static void processInfo(Session session, Packet packet, Reply reply) {
    Optional<Target.Host> host = session.target().host();
    if (host.isPresent()) {
      reply.text("pid:").number(session.thread().process()).text(";");
      writeHost(host.get(), reply);
    }
  }

  private static void writeHost(Target.Host host, Reply reply) {
    reply.text("triple:").hexText(host.triple()).text(";");
    reply.text("endian:").text(host.littleEndian() ? "little" : "big").text(";");
    reply.text("ptrsize:").number(host.pointerBytes()).text(";");
  }

  private static void threadsInfo(Session session, Packet packet, Reply reply) {
    Target target = session.target();
    StringBuilder json = new StringBuilder("[");
    for (Target.ThreadInfo thread : target.threads()) {
      json.append(json.length() > 1 ? "," : "");
      json.append("{\"tid\":").append(thread.id().thread());
      json.append(",\"name\":\"").append(escape(thread.name()));
      if (thread.id().equals(target.currentThread())) {
        json.append("\",\"reason\":\"signal\",\"signal\":").append(target.stopSignal());
      } else {
        json.append("\",\"reason\":\"none\"");
      }
      json.append('}');
    }
    reply.binary(json.append(']').toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Of text without controls. */
  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
