package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketDecoderTest {
  private static final int MAX_PAYLOAD = 20;

  /**
   * What the stream holds, and what is found in it. Packets stand in brackets; ^C is the byte 3.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "$g#67                        | [g]",
        "+$?#3f+                      | [?]",
        "$#00                         | []",
        "$m10,4#2e$m20,4#2f           | [m10,4] [m20,4]",
        "noise $g#67noise           | [g]",
        "$g#68                        | damaged",
        "$g#6x$g#67                   | damaged [g]",
        "$g#$g#67                     | damaged [g]",
        "$g#x$g#67                    | damaged [g]",
        "$X0,1:}^C#9f                | [X0,1:#]",
        "$X0,1:}]#f9                  | [X0,1:}]",
        "$X0,1:}#22$g#67              | damaged [g]",
        "$X0,1:}$g#67                 | [g]",
        "$m10,$g#67                   | [g]",
        "-$g#67-                      | repeat [g] repeat",
        "^C$g#67                      | interrupt [g]",
        "$G#47                        | [G]",
        "$a^C#64                      | [a^C]",
        "$12345678901234567890#1a     | [12345678901234567890]",
        "$123456789012345678901#36    | oversized",
        "$123456789012345678901#36$g#67 | oversized",
        "$}]}]}]}]}]}]}]}]}]}]}]#xx   | oversized",
      })
  void findsPacketsHoweverTheStreamIsCut(String stream, String expected) {
    byte[] bytes = stream.replace("^C", "\003").getBytes(StandardCharsets.ISO_8859_1);
    assertThat(decode(bytes, bytes.length)).as("whole").isEqualTo(expected);
    assertThat(decode(bytes, 1)).as("byte by byte").isEqualTo(expected);
    for (int cut = 1; cut < bytes.length; cut++) {
      Events events = new Events();
      PacketDecoder decoder = new PacketDecoder(MAX_PAYLOAD, events);
      decoder.feed(bytes, 0, cut);
      decoder.feed(bytes, cut, bytes.length - cut);
      assertThat(events.toString()).as("cut at %d", cut).isEqualTo(expected);
    }
  }

  private static String decode(byte[] bytes, int piece) {
    Events events = new Events();
    PacketDecoder decoder = new PacketDecoder(MAX_PAYLOAD, events);
    for (int i = 0; i < bytes.length; i += piece) {
      decoder.feed(bytes, i, piece);
    }
    return events.toString();
  }

  private static final class Events implements PacketDecoder.Sink {
    private final List<String> found = new ArrayList<>();

    @Override
    public void packet(byte[] bytes, int length) {
      String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
      found.add("[" + text.replace("\003", "^C") + "]");
    }

    @Override
    public void damaged() {
      found.add("damaged");
    }

    @Override
    public void oversized() {
      found.add("oversized");
    }

    @Override
    public void acknowledged() {
      // Nothing but noise to this test.
    }

    @Override
    public void retransmit() {
      found.add("repeat");
    }

    @Override
    public void interrupt() {
      found.add("interrupt");
    }

    @Override
    public String toString() {
      return String.join(" ", found);
    }
  }
}
