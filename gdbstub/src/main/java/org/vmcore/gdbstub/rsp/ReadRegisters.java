package org.vmcore.gdbstub.rsp;

import java.util.List;
import java.util.Optional;

/**
 * Registers (GDB manual, "Packets", 'g' and 'p').
 *
 * <pre>
 *   g            [;thread:TID;]    all, one after the other
 *   p NUMBER     [;thread:TID;]    one
 *   QThreadSuffixSupported         LLDB may add the thread, and then needs no Hg
 *
 *   > p10
 *   < 0010208effffffff
 *   > p29
 *   < xxxxxxxxxxxxxxxx             not in the dump; LLDB gets an error
 * </pre>
 */
final class ReadRegisters implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    table.prefix("g", ReadRegisters::all);
    table.prefix("p", ReadRegisters::one);
    table.name("QThreadSuffixSupported", (session, packet, reply) -> reply.text("OK"));
  }

  private static void all(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    Optional<ThreadId> thread = threadSuffix(session, packet);
    if (thread.isEmpty()) {
      Errors.NO_SUCH_THING.write(session, reply, "no such thread");
      return;
    }
    Target target = session.inferiors().of(thread.get());
    List<Integer> sizes = target.registerSizes();
    for (int number = 0; number < sizes.size(); number++) {
      write(target, reply, thread.get(), number, sizes.get(number));
    }
  }

  private static void one(Session session, Packet packet, Reply reply)
      throws MalformedPacketException {
    int number = packet.length();
    Optional<ThreadId> thread = threadSuffix(session, packet);
    if (thread.isEmpty()) {
      Errors.NO_SUCH_THING.write(session, reply, "no such thread");
      return;
    }
    Target target = session.inferiors().of(thread.get());
    List<Integer> sizes = target.registerSizes();
    if (number >= sizes.size()) {
      Errors.NO_SUCH_THING.write(session, reply, "no register " + number);
    } else if (!session.features().gdb && target.readRegister(thread.get(), number) == null) {
      // LLDB knows no "xx": it would show bytes of 0xcc.
      Errors.NO_SUCH_THING.write(session, reply, "not in the dump");
    } else {
      write(target, reply, thread.get(), number, sizes.get(number));
    }
  }

  private static void write(Target target, Reply reply, ThreadId thread, int number, int size) {
    byte[] value = target.readRegister(thread, number);
    if (value == null) {
      reply.unavailable(size);
    } else if (value.length == size) {
      reply.hex(value, 0, size);
    } else {
      throw new IllegalStateException(
          "register %d: %d bytes instead of %d".formatted(number, value.length, size));
    }
  }

  private static Optional<ThreadId> threadSuffix(Session session, Packet packet)
      throws MalformedPacketException {
    Optional<ThreadId> thread = Optional.of(session.thread());
    if (packet.skip(";thread:")) {
      thread = packet.thread().resolve(session);
      packet.skip(';');
    }
    packet.expectEnd();
    return thread;
  }
}
