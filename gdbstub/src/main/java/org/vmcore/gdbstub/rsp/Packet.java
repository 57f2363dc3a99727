package org.vmcore.gdbstub.rsp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The bytes of one packet, unescaped, and how far a handler has read them. */
final class Packet {
  private final byte[] bytes;
  private final int end;
  private int position;

  /** The array is not copied: a packet is over before the next one is decoded. */
  Packet(byte[] bytes, int length) {
    this.bytes = bytes;
    this.end = length;
  }

  int remaining() {
    return end - position;
  }

  boolean atEnd() {
    return position == end;
  }

  /** The next byte, or -1 at the end. */
  int peek() {
    return position < end ? bytes[position] & 0xff : -1;
  }

  /** Steps over a character if it is the next one. */
  boolean skip(char character) {
    if (peek() != character) {
      return false;
    }
    position++;
    return true;
  }

  /** Steps over text if it comes next. */
  boolean skip(String text) {
    if (!startsWith(text)) {
      return false;
    }
    position += text.length();
    return true;
  }

  boolean startsWith(String text) {
    int length = text.length();
    if (remaining() < length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[position + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  void expect(char character) throws MalformedPacketException {
    if (!skip(character)) {
      throw malformed("'" + character + "' expected");
    }
  }

  void expectEnd() throws MalformedPacketException {
    if (!atEnd()) {
      throw malformed("end expected");
    }
  }

  /** An unsigned number of 64 bits, all leading digits taken. */
  long hex() throws MalformedPacketException {
    int start = position;
    long number = 0;
    for (int digit; position < end && (digit = Hex.value(bytes[position])) >= 0; position++) {
      if (number >>> 60 != 0) {
        throw malformed("number over 64 bits");
      }
      number = number << 4 | digit;
    }
    if (position == start) {
      throw malformed("number expected");
    }
    return number;
  }

  /** A number of bytes. What is over {@link Integer#MAX_VALUE} is as good as that. */
  int length() throws MalformedPacketException {
    long number = hex();
    return number < 0 || number > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) number;
  }

  /** A thread-id: {@code [pPID.]TID}, {@code pPID}; -1 is all and 0 any. */
  ThreadSelector thread() throws MalformedPacketException {
    if (!skip('p')) {
      return new ThreadSelector(ThreadSelector.ANY, signedHex());
    }
    long process = signedHex();
    // "pPID" alone means every thread of the process.
    return new ThreadSelector(process, skip('.') ? signedHex() : ThreadSelector.ALL);
  }

  private long signedHex() throws MalformedPacketException {
    return skip('-') ? -hex() : hex();
  }

  /** Text up to a character, which is stepped over, or to the end. */
  String textUntil(char character) {
    int start = position;
    while (position < end && bytes[position] != character) {
      position++;
    }
    String text = new String(bytes, start, position - start, StandardCharsets.ISO_8859_1);
    skip(character);
    return text;
  }

  /** Text up to the last such character, which is stepped over. */
  String textUntilLast(char character) throws MalformedPacketException {
    int last = end - 1;
    while (last >= position && bytes[last] != character) {
      last--;
    }
    if (last < position) {
      throw malformed("'" + character + "' expected");
    }
    String text = new String(bytes, position, last - position, StandardCharsets.ISO_8859_1);
    position = last + 1;
    return text;
  }

  /** What is left, as text. */
  String rest() {
    String text = new String(bytes, position, remaining(), StandardCharsets.ISO_8859_1);
    position = end;
    return text;
  }

  /** What is left, as bytes. */
  byte[] restBytes() {
    byte[] rest = Arrays.copyOfRange(bytes, position, end);
    position = end;
    return rest;
  }

  /** What is left, two digits a byte. */
  byte[] restHex() throws MalformedPacketException {
    if (remaining() % 2 != 0) {
      throw malformed("odd number of digits");
    }
    byte[] decoded = new byte[remaining() / 2];
    for (int i = 0; i < decoded.length; i++) {
      int high = Hex.value(bytes[position++]);
      int low = Hex.value(bytes[position++]);
      if ((high | low) < 0) {
        throw malformed("not a digit");
      }
      decoded[i] = (byte) (high << 4 | low);
    }
    return decoded;
  }

  private MalformedPacketException malformed(String what) {
    return new MalformedPacketException(what + " at byte " + position);
  }

  /** The beginning of the packet, printable, for a log. */
  @Override
  public String toString() {
    int shown = Math.min(end, 80);
    StringBuilder text = new StringBuilder(shown + 8);
    for (int i = 0; i < shown; i++) {
      int b = bytes[i] & 0xff;
      if (b >= ' ' && b < 0x7f) {
        text.append((char) b);
      } else {
        text.append("\\x").append((char) Hex.digit(b >> 4)).append((char) Hex.digit(b));
      }
    }
    return shown < end ? text.append("... (").append(end).append(" bytes)").toString() : text + "";
  }
}
