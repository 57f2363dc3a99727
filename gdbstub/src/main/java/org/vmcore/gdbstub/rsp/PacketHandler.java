package org.vmcore.gdbstub.rsp;

/** Answers one kind of packet. */
@FunctionalInterface
interface PacketHandler {
  /**
   * @param packet positioned after the name it was found by
   * @param reply begun; what is left in it when this returns is sent, an empty one meaning "not
   *     supported"
   */
  void handle(Session session, Packet packet, Reply reply) throws MalformedPacketException;
}
