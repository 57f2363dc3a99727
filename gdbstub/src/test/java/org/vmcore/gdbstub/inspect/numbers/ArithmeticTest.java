package org.vmcore.gdbstub.inspect.numbers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;

class ArithmeticTest {
  private static final SymbolNames NONE = new SymbolNames(Optional.empty(), List::of, List.of());

  /** As crash 9.0.2 has them. */
  @ParameterizedTest
  @CsvSource({
    "1+2, 3",
    "128m, 8000000",
    "0x1000 / 4, 400",
    "1 << 32, 100000000",
    "(1024 * 1024), 100000",
    "ffff922b80190000 - 10, ffff922b8018fff6",
    "~0, ffffffffffffffff",
    "0x10 | 0x01, 11",
    "100 % 7, 2",
    "2g, 80000000",
    "-1, ffffffffffffffff",
    "010, 8",
    "1 + 2 * 3, 7",
    "7 & 3 | 8, b"
  })
  void isThatOfCrash(String text, String hexadecimal) throws Exception {
    assertThat(Long.toHexString(Arithmetic.value(NONE, text))).isEqualTo(hexadecimal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1 +", "(1", "1)", "1 / 0", "what", "1 2", "1 ? 2", "0xx"})
  void saysWhatIsWrong(String text) {
    assertThatThrownBy(() -> Arithmetic.value(NONE, text)).isInstanceOf(NoAnswerException.class);
  }

  @Test
  void anyTextIsAValueOrWrong() {
    Random random = new Random(16);
    String letters = "0123456789abcdefxkmg+-*/%&|^~()<> ";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(12); length > 0; length--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      try {
        long unused = Arithmetic.value(NONE, text.toString());
      } catch (NoAnswerException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      }
    }
  }
}
