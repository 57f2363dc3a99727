package org.vmcore.gdbstub.rsp;

/**
 * What one session may cost.
 *
 * @param packetSize longest packet in bytes, in either direction, as {@code PacketSize} in the
 *     {@code qSupported} reply announces it
 */
public record Limits(int packetSize) {
  /**
   * More than a page of hexadecimal and far less than the heap: below it gdb could not even read
   * its own registers.
   */
  private static final int SMALLEST = 1024;

  private static final int LARGEST = 64 << 20;

  /**
   * gdb 13 dumps dense memory equally fast with packets of 64 KiB to 1 MiB, and zeros about a
   * quarter faster with 256 KiB than with 64 KiB.
   */
  public static final Limits DEFAULT = new Limits(256 << 10);

  public Limits {
    if (packetSize < SMALLEST || packetSize > LARGEST) {
      throw new IllegalArgumentException(
          "packet size %d is not in %d..%d".formatted(packetSize, SMALLEST, LARGEST));
    }
  }
}
