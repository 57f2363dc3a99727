package org.vmcore.gdbstub.linux.oops;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PointerPatternTest {
  /** Values of Linux include/linux/poison.h and of what overwrites pointers. */
  @ParameterizedTest
  @CsvSource({
    "0, NULL_DEREFERENCE, NULL",
    "18, NULL_DEREFERENCE, NULL + 0x18",
    "dead000000000108, LIST_CORRUPTION, LIST_POISON1 + 0x8",
    "dead000000000122, LIST_CORRUPTION, LIST_POISON2",
    "6b6b6b6b6b6b6b6b, USE_AFTER_FREE, POISON_FREE",
    "6b6b6b6b6b6b6b83, USE_AFTER_FREE, POISON_FREE",
    "5a5a5a5a5a5a5a5a, UNINITIALISED, POISON_INUSE",
    "dffffc0000000003, NULL_DEREFERENCE, the address 0x18",
    "fffffffffffffff4, WILD_POINTER, -12",
    "676e69727473206f, WILD_POINTER, text: 'o string'",
    "7fff888012345678, WILD_POINTER, 0xffff888012345678 with bit 63"
  })
  void aValueThatIsNoPointerIsTold(String value, FailureClass failure, String meaning) {
    assertThat(PointerPattern.of(Long.parseUnsignedLong(value, 16), 8))
        .hasValueSatisfying(
            pattern -> {
              assertThat(pattern.failure()).isEqualTo(failure);
              assertThat(pattern.meaning()).contains(meaning);
            });
  }

  @Test
  void aPointerIsNone() {
    assertThat(PointerPattern.of(0xffff888012345678L, 8)).isEmpty();
    assertThat(PointerPattern.of(0xc0123456L, 4)).isEmpty();
    assertThat(PointerPattern.of(0x00007f1234567890L, 8)).isEmpty();
  }

  @Test
  void textIsReadInTheOrderOfMemory() {
    assertThat(PointerPattern.of(0x6f6f2d6c6f6e6721L, 8, ByteOrder.BIG_ENDIAN))
        .map(PointerPattern::meaning)
        .contains("text: 'oo-long!'");
    assertThat(PointerPattern.of(0x21676e6f6c2d6f6fL, 8))
        .map(PointerPattern::meaning)
        .contains("text: 'oo-long!'");
  }
}
