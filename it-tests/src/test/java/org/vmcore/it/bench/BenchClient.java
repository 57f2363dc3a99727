package org.vmcore.it.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.vmcore.gdbstub.rsp.Client;

/** The other end of a session: it counts what it is sent. */
final class BenchClient implements Client {
  private long sent;

  @Override
  public void send(byte[] bytes, int offset, int length) {
    sent += length;
  }

  @Override
  public boolean isGone() {
    return false;
  }

  /** In bytes. */
  long sent() {
    return sent;
  }

  /** As it is framed. */
  static byte[] packet(String data) {
    int sum = 0;
    for (byte b : data.getBytes(ISO_8859_1)) {
      sum += b;
    }
    return "$%s#%02x".formatted(data, sum & 0xff).getBytes(ISO_8859_1);
  }
}
