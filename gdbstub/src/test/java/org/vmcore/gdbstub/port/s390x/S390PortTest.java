package org.vmcore.gdbstub.port.s390x;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class S390PortTest {
  private static int behind(String code) {
    return new S390Port().bugBehind(HexFormat.of().parseHex(code));
  }

  /** As 6.1 reports a BUG() at the end of a function: {@code bcr 15,%r14; mc 0,0} and the next. */
  @Test
  void thePswOfABugIsBehindIt() {
    assertThat(behind("000407feaf000000")).isEqualTo(4);
    assertThat(behind("af000000")).isEqualTo(4);
    assertThat(behind("af000000c004")).isZero();
    assertThat(behind("000000")).isZero();
  }
}
