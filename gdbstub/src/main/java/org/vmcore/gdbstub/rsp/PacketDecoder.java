package org.vmcore.gdbstub.rsp;

import java.util.Arrays;

/**
 * Cuts a stream of bytes into packets (GDB manual, "Overview" of the protocol).
 *
 * <pre>
 *   stream   = { packet | '+' | '-' | 0x03 | anything else, ignored }
 *   packet   = '$' payload '#' digit digit      digits: sum of the raw payload, modulo 256
 *   payload  = { byte | '}' (byte ^ 0x20) }     '$' '#' '}' only ever escaped
 * </pre>
 *
 * <p>A {@code $} in a payload begins a new packet, so that one cut short does not take the next one
 * with it.
 */
final class PacketDecoder {

  /** Told what was found. The array of a packet is valid during the call. */
  interface Sink {
    void packet(byte[] bytes, int length);

    /** A packet whose checksum or last escape is wrong. */
    void damaged();

    /** A packet over the limit; nothing that follows can be trusted. */
    void oversized();

    /** {@code +}: the last reply has arrived. */
    void acknowledged();

    /** {@code -}: the last reply has to be sent again. */
    void retransmit();

    /** 0x03, which gdb sends to stop a program that runs. */
    void interrupt();
  }

  private enum State {
    IDLE,
    PAYLOAD,
    ESCAPE,
    CHECKSUM_1,
    CHECKSUM_2,
    OVERSIZED
  }

  private static final int SMALLEST_BUFFER = 512;
  private static final int INTERRUPT = 0x03;

  private final int maxPayload;
  private final Sink sink;
  private State state = State.IDLE;
  private byte[] payload = new byte[SMALLEST_BUFFER];
  private int length;
  private int rawLength;
  private int sum;
  private int announcedSum;
  private boolean damaged;

  /**
   * @param maxPayload most bytes between {@code $} and {@code #}, as they come
   */
  PacketDecoder(int maxPayload, Sink sink) {
    this.maxPayload = maxPayload;
    this.sink = sink;
  }

  void feed(byte[] bytes, int offset, int count) {
    for (int i = offset; i < offset + count; i++) {
      int b = bytes[i] & 0xff;
      switch (state) {
        case IDLE -> idle(b);
        case PAYLOAD -> payload(b);
        case ESCAPE -> escape(b);
        case CHECKSUM_1 -> checksum1(b);
        case CHECKSUM_2 -> checksum2(b);
        case OVERSIZED -> {
          return;
        }
      }
    }
  }

  private void idle(int b) {
    switch (b) {
      case '$' -> begin();
      case '+' -> sink.acknowledged();
      case '-' -> sink.retransmit();
      case INTERRUPT -> sink.interrupt();
      default -> {
        // A line may bring noise before the first packet.
      }
    }
  }

  private void begin() {
    state = State.PAYLOAD;
    length = 0;
    rawLength = 0;
    sum = 0;
    damaged = false;
  }

  private void payload(int b) {
    switch (b) {
      case '#' -> state = State.CHECKSUM_1;
      case '$' -> begin();
      case '}' -> {
        count(b);
        if (state == State.PAYLOAD) {
          state = State.ESCAPE;
        }
      }
      default -> {
        count(b);
        append(b);
      }
    }
  }

  private void escape(int b) {
    if (b == '#' || b == '$') {
      damaged = true;
      state = State.PAYLOAD;
      payload(b);
      return;
    }
    state = State.PAYLOAD;
    count(b);
    append(b ^ 0x20);
  }

  private void count(int b) {
    sum += b;
    if (++rawLength > maxPayload) {
      state = State.OVERSIZED;
      payload = new byte[0];
      sink.oversized();
    }
  }

  private void append(int b) {
    if (state == State.OVERSIZED) {
      return;
    }
    if (length == payload.length) {
      payload = Arrays.copyOf(payload, Math.min(maxPayload, length * 2));
    }
    payload[length++] = (byte) b;
  }

  private void checksum1(int b) {
    int digit = Hex.value(b);
    if (digit < 0) {
      abandon(b);
      return;
    }
    announcedSum = digit << 4;
    state = State.CHECKSUM_2;
  }

  private void checksum2(int b) {
    int digit = Hex.value(b);
    if (digit < 0) {
      abandon(b);
      return;
    }
    state = State.IDLE;
    if (damaged || (announcedSum | digit) != (sum & 0xff)) {
      sink.damaged();
    } else {
      sink.packet(payload, length);
    }
  }

  /** A checksum without its digits: what comes instead may be the next packet. */
  private void abandon(int b) {
    state = State.IDLE;
    sink.damaged();
    idle(b);
  }
}
