package org.vmcore.gdbstub.rsp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which handler a packet goes to: the one with the longest matching name. */
final class PacketTable {
  /** Every family there is. */
  static final PacketTable STANDARD =
      new PacketTable(
          List.of(
              new Negotiation(),
              new StopReplies(),
              new ResumeAndStop(),
              new QueryThreads(),
              new SelectThread(),
              new ReadRegisters(),
              new ReadMemory(),
              new RefuseWrites(),
              new Breakpoints(),
              new SearchMemory(),
              new MemoryCrc(),
              new TransferObjects(),
              new LoadOffsets(),
              new PhysicalMode(),
              new MonitorCommand(),
              new HostFiles(),
              new LldbQueries(),
              new AttachProcess(),
              new EndSession()));

  private record Entry(String name, boolean whole, PacketHandler handler) {
    boolean matches(Packet packet, byte[] bytes, int length) {
      return packet.startsWith(name)
          && (!whole || length == name.length() || isSeparator(bytes[name.length()]));
    }

    private static boolean isSeparator(byte b) {
      return b == ':' || b == ';' || b == ',' || b == '?';
    }
  }

  /** By first character, longest name first. */
  private final List<List<Entry>> byFirst = new ArrayList<>();

  PacketTable(List<PacketFamily> families) {
    for (int i = 0; i < 128; i++) {
      byFirst.add(new ArrayList<>());
    }
    families.forEach(family -> family.register(this));
    byFirst.forEach(
        list -> list.sort(Comparator.comparingInt((Entry e) -> e.name().length()).reversed()));
  }

  /**
   * A packet known by its whole name, after which it ends or a separator follows: {@code qC} is not
   * {@code qCRC} (GDB manual, "General Query Packets").
   */
  void name(String name, PacketHandler handler) {
    add(new Entry(name, true, handler));
  }

  /** A packet whose arguments follow its name at once, as in {@code m1000,4}. */
  void prefix(String name, PacketHandler handler) {
    add(new Entry(name, false, handler));
  }

  private void add(Entry entry) {
    List<Entry> list = byFirst.get(entry.name().charAt(0));
    if (list.stream().anyMatch(other -> other.name().equals(entry.name()))) {
      throw new IllegalStateException("two handlers for " + entry.name());
    }
    list.add(entry);
  }

  /** The handler, with the packet moved past its name; null for a packet nobody knows. */
  @Nullable PacketHandler find(Packet packet, byte[] bytes, int length) {
    if (length == 0 || bytes[0] < 0) {
      return null;
    }
    for (Entry entry : byFirst.get(bytes[0])) {
      if (entry.matches(packet, bytes, length)) {
        packet.skip(entry.name());
        return entry.handler();
      }
    }
    return null;
  }
}
