package org.vmcore.gdbstub.rsp;

/**
 * Packets that belong together. Holds no state: that is the session's. To add one, write the class,
 * beginning with its grammar and a sample exchange, and name it in {@link PacketTable}.
 */
interface PacketFamily {
  void register(PacketTable table);
}
