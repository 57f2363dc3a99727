package org.vmcore.gdbstub.port.arm64;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.port.api.MemoryOperand;

class Arm64OperandsTest {
  /** Code as LLVM's assembler makes it of what stands behind it. */
  @ParameterizedTest
  @CsvSource({
    "010c40f9, x0 + 0x18", // ldr x1, [x0, #24]
    "010000b9, x0", // str w1, [x0]
    "207862f8, x1 + x2*8", // ldr x0, [x1, x2, lsl #3]
    "fd7bbfa9, sp - 0x10", // stp x29, x30, [sp, #-16]!
    "017c5fc8, x0", // ldxr x1, [x0]
    "608440f8, x3", // ldr x0, [x3], #8
    "608c5ff8, x3 - 0x8", // ldr x0, [x3, #-8]!
    "80805ff8, x4 - 0x8", // ldur x0, [x4, #-8]
    "a00c4039, x5 + 0x3", // ldrb w0, [x5, #3]
    "800642a9, x20 + 0x20", // ldp x0, x1, [x20, #32]
    "2008c03d, x1 + 0x20", // ldr q0, [x1, #32]
    "20fddf88, x9", // ldar w0, [x9]
    "200841f8, x1 + 0x10" // ldtr x0, [x1, #16]
  })
  void anOperandIsReadAsItIsWritten(String code, String operand) {
    assertThat(Arm64Operands.of(HexFormat.of().parseHex(code)))
        .map(MemoryOperand::text)
        .contains(operand);
  }

  @ParameterizedTest
  @CsvSource({
    "e00301aa", // mov x0, x1
    "204862b8", // ldr w0, [x1, w2, uxtw]
    "40000058", // ldr x0, .+8
    "00000014", // b .
    "e003" // cut
  })
  void whatHasNoOperandThatIsUnderstoodHasNone(String code) {
    assertThat(Arm64Operands.of(HexFormat.of().parseHex(code))).isEmpty();
  }

  @Test
  void anyBytesEndInAnAnswer() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      byte[] code = new byte[random.nextInt(8)];
      random.nextBytes(code);
      assertThat(Arm64Operands.of(code)).isNotNull();
    }
  }
}
