package org.vmcore.gdbstub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VisibleTest {
  @ParameterizedTest
  @CsvSource({
    "swapper/0, swapper/0",
    "1b5b324a, \\x1b[2J",
    "000a0d7f, \\x00\\x0a\\x0d\\x7f",
    "e282ac, €",
    "c29b, \\x9b",
    "e280ae, \\u202e",
    "e281a6, \\u2066",
    "e28088e2808b, '\u2008\\u200b'",
    "efbbbf, \\ufeff",
    "f3a08081, \\U000e0001",
  })
  void bytesOfADumpAreShownAsWhatTheyMeanOrByTheirNumbers(String hex, String shown) {
    String text = hex.matches("([0-9a-f]{2})+") ? latin1(hex) : hex;
    assertThat(Visible.line(text)).isEqualTo(shown);
  }

  private static String latin1(String hex) {
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
    }
    return new String(bytes, ISO_8859_1);
  }

  @Test
  void whatIsNoUtf8IsLatin1WithoutItsControls() {
    assertThat(Visible.line(latin1("e99be4"))).isEqualTo("\u00e9\\x9b\u00e4");
    assertThat(Visible.line("\ud800x")).isEqualTo("\\ud800x");
  }

  @Test
  void linesKeepTheirEndsAndTabs() {
    assertThat(Visible.lines("a\tb\nc\rd")).isEqualTo("a\tb\nc\\x0dd");
  }

  @Test
  void everyCharacterComesOutSafe() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      String shown = Visible.lines(Character.toString(c));
      assertThat(shown.codePoints().allMatch(s -> s == '\n' || s == '\t' || Visible.isSafe(s)))
          .as("U+%04x", c)
          .isTrue();
    }
  }
}
