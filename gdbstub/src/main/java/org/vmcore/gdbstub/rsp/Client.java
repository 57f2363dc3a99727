package org.vmcore.gdbstub.rsp;

/** The debugger at the other end, as a session sees it. */
public interface Client {

  /**
   * Sends bytes, waiting for a client that reads slowly. The array may be reused on return.
   *
   * @throws ClientGoneException when nobody will ever read them
   */
  void send(byte[] bytes, int offset, int length);

  /**
   * Sends bytes as {@link #send} does, together with what follows at once: they may be held back
   * for as long as {@link #MOST_DELAY_MILLIS}.
   */
  default void sendSoon(byte[] bytes, int offset, int length) {
    send(bytes, offset, length);
  }

  /** Below the 2 s that gdb waits for an acknowledgement (set remotetimeout), many times. */
  int MOST_DELAY_MILLIS = 200;

  /** Told when the first whole packet has come, as from nobody but debuggers. */
  default void recognized() {}

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
