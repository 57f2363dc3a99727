package org.vmcore.gdbstub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeftMemoryTest {
  @ParameterizedTest
  @CsvSource({
    "64, 0, false",
    "65, 0, true",
    "104, 40, false",
    "105, 40, true",
    "1400, 1000, false"
  })
  void isLookedAtWhenHalfOfItMayBeGarbage(long used, long live, boolean isMuch) {
    assertThat(LeftMemory.isMuch(used << 20, live << 20)).isEqualTo(isMuch);
  }
}
