package org.vmcore.gdbstub.rsp;

/** The debugger at the other end, as a session sees it. */
public interface Client {

  /**
   * Sends bytes, waiting for a client that reads slowly. The array may be reused on return.
   *
   * @throws ClientGoneException when nobody will ever read them
   */
  void send(byte[] bytes, int offset, int length);

  /** Whether {@link #send} of a few bytes would not have to wait. */
  default boolean isReady() {
    return !isGone();
  }

  /**
   * Whether the next byte from the client is an interrupt (GDB manual, "Interrupts": 0x03), which
   * it sends while it waits.
   */
  default boolean wantsAnEnd() {
    return false;
  }

  /** Whether work for this client has become pointless. */
  boolean isGone();
}
