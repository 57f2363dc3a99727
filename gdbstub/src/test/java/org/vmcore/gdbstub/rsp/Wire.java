package org.vmcore.gdbstub.rsp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The other end of the wire, written from the GDB manual ("Overview" of the protocol) and not from
 * the code under test. Strict: what the manual does not allow is an AssertionError.
 */
public final class Wire {
  private Wire() {}

  /** A packet as a debugger sends it. */
  public static byte[] frame(byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int sum = 0;
    out.write('$');
    for (byte b : payload) {
      if (b == '#' || b == '$' || b == '}') {
        out.write('}');
        out.write(b ^ 0x20);
        sum += '}' + (b ^ 0x20);
      } else {
        out.write(b);
        sum += b;
      }
    }
    out.writeBytes("#%02x".formatted(sum & 0xff).getBytes(StandardCharsets.ISO_8859_1));
    return out.toByteArray();
  }

  public static byte[] frame(String payload) {
    return frame(payload.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Cuts what a stub has sent into payloads, expanded and unescaped, and single {@code + -}. */
  public static List<String> parse(byte[] sent) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < sent.length; ) {
      if (sent[i] != '$') {
        check(sent[i] == '+' || sent[i] == '-', "byte " + sent[i] + " between packets at " + i);
        found.add(String.valueOf((char) sent[i++]));
        continue;
      }
      int end = i + 1;
      int sum = 0;
      for (; end < sent.length && sent[end] != '#'; end++) {
        check(sent[end] != '$', "$ within a packet at " + end);
        sum += sent[end] & 0xff;
      }
      check(end + 2 < sent.length, "a packet without an end at " + i);
      String checksum = new String(sent, end + 1, 2, StandardCharsets.ISO_8859_1);
      check(checksum.equals("%02x".formatted(sum & 0xff)), "checksum " + checksum + " at " + end);
      found.add(new String(payload(sent, i + 1, end), StandardCharsets.ISO_8859_1));
      i = end + 3;
    }
    return found;
  }

  /** Runs expanded first, then escapes, as gdb does it. */
  static byte[] payload(byte[] raw, int from, int to) {
    ByteArrayOutputStream expanded = new ByteArrayOutputStream();
    int last = -1;
    for (int i = from; i < to; i++) {
      if (raw[i] != '*') {
        last = raw[i];
        expanded.write(last);
        continue;
      }
      check(last >= 0 || i > from, "a run of nothing");
      int count = raw[++i];
      check(count >= ' ' && count <= '~' && count != '#' && count != '$', "count " + count);
      for (int more = count - 29; more > 0; more--) {
        expanded.write(last);
      }
    }
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    byte[] escaped = expanded.toByteArray();
    for (int i = 0; i < escaped.length; i++) {
      plain.write(escaped[i] == '}' ? escaped[++i] ^ 0x20 : escaped[i]);
    }
    return plain.toByteArray();
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
