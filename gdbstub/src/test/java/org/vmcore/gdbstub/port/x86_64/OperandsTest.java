package org.vmcore.gdbstub.port.x86_64;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.port.api.MemoryOperand;

class OperandsTest {
  /** Code as the GNU assembler makes it of what stands behind it, in Intel's syntax. */
  @ParameterizedTest
  @CsvSource({
    "41890424, r12", // mov [r12], eax
    "488b4718, rdi + 0x18", // mov rax, [rdi+0x18]
    "488b04c8, rax + rcx*8", // mov rax, [rax+rcx*8]
    "488b80f8ffffff, rax - 0x8", // mov rax, [rax-8]
    "f00fc107, rdi", // lock xadd [rdi], eax
    "480fb64702, rdi + 0x2", // movzx rax, byte [rdi+2]
    "f348a5, rsi", // rep movsq
    "f348ab, rdi", // rep stosq
    "ff5030, rax + 0x30", // call [rax+0x30]
    "4b8b44fd10, r13 + r15*8 + 0x10", // mov rax, [r13+r15*8+0x10]
    "488b04c500100000, rax*8 + 0x1000", // mov rax, [rax*8+0x1000]
    "c7450c02000000, rbp + 0xc" // mov dword [rbp+0xc], 2
  })
  void anOperandIsReadAsItIsWritten(String code, String operand) {
    assertThat(Operands.of(HexFormat.of().parseHex(code)))
        .map(MemoryOperand::text)
        .contains(operand);
  }

  @ParameterizedTest
  @CsvSource({
    "4889c7", // mov rdi, rax
    "488b0510000000", // mov rax, [rip+0x10]
    "65488b042500000000", // mov rax, gs:[0]
    "0f0b", // ud2
    "c3", // ret
    "48" // cut
  })
  void whatHasNoOperandWithARegisterHasNone(String code) {
    assertThat(Operands.of(HexFormat.of().parseHex(code))).isEmpty();
  }

  @Test
  void anyBytesEndInAnAnswer() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      byte[] code = new byte[random.nextInt(16)];
      random.nextBytes(code);
      assertThat(Operands.of(code)).isNotNull();
    }
  }
}
