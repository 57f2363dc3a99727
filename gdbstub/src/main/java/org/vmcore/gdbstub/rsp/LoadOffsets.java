package org.vmcore.gdbstub.rsp;

import java.util.Optional;

/**
 * Where the kernel was loaded (GDB manual, "General Query Packets", qOffsets). The two debuggers
 * need different answers: gdb moves all of an x86-64 vmlinux only when told where its first segment
 * is, LLDB adds what it is told to every address.
 *
 * <pre>
 *   qOffsets
 *
 *   > qOffsets
 *   < TextSeg=ffffffff8e200000                      to gdb: where the first segment is
 *   < Text=d200000;Data=d200000;Bss=d200000         to LLDB: how far all was moved
 * </pre>
 */
final class LoadOffsets implements PacketFamily {
  @Override
  public void register(PacketTable table) {
    table.name("qOffsets", LoadOffsets::offsets);
  }

  private static void offsets(Session session, Packet packet, Reply reply) {
    session.features().hasProgram = true;
    Optional<Target.Relocation> relocation = session.target().relocation();
    if (relocation.isEmpty()) {
      return;
    }
    if (session.features().gdb) {
      reply.text("TextSeg=").number(relocation.get().textSegment());
    } else if (relocation.get().slide().isPresent()) {
      long slide = relocation.get().slide().getAsLong();
      reply.text("Text=").number(slide);
      reply.text(";Data=").number(slide);
      reply.text(";Bss=").number(slide);
    }
  }
}
