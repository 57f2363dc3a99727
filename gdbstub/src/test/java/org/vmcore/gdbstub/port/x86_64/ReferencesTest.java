package org.vmcore.gdbstub.port.x86_64;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** How often code names an address of data, as the assembler has written it. */
class ReferencesTest {
  private static final long START = 0xffff_ffff_c056_2c40L;
  private static final long LOCK = 0xffff_ffff_c056_5604L;

  private static int count(String code) {
    return new X86Port().references(HexFormat.of().parseHex(code.replace(" ", "")), START, LOCK);
  }

  @Test
  void anImmediateIsExtendedWithItsSign() {
    // mov $lock,%rdi; call; ret
    assertThat(count("48 c7 c7 04 56 56 c0 e8 00 00 00 00 c3")).isEqualTo(1);
  }

  @Test
  void aDistanceIsFromTheNextInstruction() {
    // lea lock(%rip),%rdi: the next instruction is 7 bytes on.
    assertThat(count("48 8d 3d bd 29 00 00")).isEqualTo(1);
  }

  @Test
  void takingAndGivingBackAreTwo() {
    assertThat(count("48 c7 c7 04 56 56 c0 90 48 c7 c7 04 56 56 c0")).isEqualTo(2);
  }

  @Test
  void otherNumbersAreNone() {
    assertThat(count("48 c7 c7 05 56 56 c0 48 8d 3d be 29 00 00")).isZero();
    assertThat(count("04 56 56")).isZero();
    assertThat(count("")).isZero();
  }
}
