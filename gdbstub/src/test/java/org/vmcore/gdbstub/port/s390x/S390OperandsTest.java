package org.vmcore.gdbstub.port.s390x;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.port.api.MemoryOperand;

class S390OperandsTest {
  /** Code as the kernel's reports name it, and of binutils' assembler. */
  @ParameterizedTest
  @CsvSource({
    "e31010000004, r1", // lg %r1,0(%r1)
    "e54810000001, r1", // mvghi 0(%r1),1
    "e3e0f0980024, r15 + 0x98", // stg %r14,152(%r15)
    "e310fff8ff04, r15 - 0x8", // lg %r1,-8(%r15)
    "5810f004, r15 + 0x4", // l %r1,4(%r15)
    "e32130180004, r3 + r1 + 0x18", // lg %r2,24(%r1,%r3)
    "92011010, r1 + 0x10", // mvi 16(%r1),1
    "ebaff0680024, r15 + 0x68" // stmg %r10,%r15,104(%r15)
  })
  void anOperandIsReadAsItIsWritten(String code, String operand) {
    assertThat(S390Operands.of(HexFormat.of().parseHex(code)))
        .map(MemoryOperand::text)
        .contains(operand);
  }

  @ParameterizedTest
  @CsvSource({
    "b90400ef", // lgr %r14,%r15
    "e3f0ff00ff71", // lay %r15,-256(%r15)
    "41101004", // la %r1,4(%r1)
    "eb420003000c", // srlg %r4,%r2,3
    "d207f0a0b028", // mvc 160(8,%r15),40(%r11)
    "e5481000", // cut
    "07fe" // br %r14
  })
  void whatAccessesNoMemoryOrMoreThanOnePlaceHasNone(String code) {
    assertThat(S390Operands.of(HexFormat.of().parseHex(code))).isEmpty();
  }

  @Test
  void anyBytesEndInAnAnswer() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      byte[] code = new byte[random.nextInt(16)];
      random.nextBytes(code);
      assertThat(S390Operands.of(code)).isNotNull();
    }
  }
}
