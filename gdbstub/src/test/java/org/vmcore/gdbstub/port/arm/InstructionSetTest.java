package org.vmcore.gdbstub.port.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Instructions as GNU as encodes them, halfwords and words as its listing has them. */
class InstructionSetTest {
  private static ByteBuffer thumb(String halfwords) {
    ByteBuffer code = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    for (String half : halfwords.split(" ", -1)) {
      code.putShort((short) HexFormat.fromHexDigits(half));
    }
    return code.flip();
  }

  private static ByteBuffer arm(String word) {
    return ByteBuffer.allocate(4)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0, HexFormat.fromHexDigits(word));
  }

  @ParameterizedTest
  @CsvSource({
    "b530, 2, true, 'push {r4, r5, lr}'",
    "e92d 4110, 4, true, 'push.w {r4, r8, lr}'",
    "f84d ed04, 4, true, 'str lr, [sp, #-4]!'",
    "b087, 2, true, 'sub sp, #28'",
    "f5ad 6d82, 4, true, 'sub.w sp, sp, #1040'",
    "f2ad 3de9, 4, true, 'subw sp, sp, #1001'",
    "ed2d 8b04, 4, true, 'vpush {d8, d9}'",
    "4668, 2, false, 'mov r0, sp'",
    "f855 1f04, 4, false, 'ldr.w r1, [r5, #4]!'",
    "b007, 2, false, 'add sp, #28'",
    "f000 b801, 4, false, 'b.w'",
    "bf00, 2, false, nop"
  })
  void thumbInstructions(String code, int length, boolean lowers, String text) {
    assertThat(InstructionSet.THUMB.length(thumb(code), 0)).as(text).isEqualTo(length);
    assertThat(InstructionSet.THUMB.lowersStack(thumb(code), 0)).as(text).isEqualTo(lowers);
  }

  @ParameterizedTest
  @CsvSource({
    "e92d4010, true, 'push {r4, lr}'",
    "e52de004, true, 'str lr, [sp, #-4]!'",
    "e24dd01c, true, 'sub sp, sp, #28'",
    "ed2d8b02, true, 'vpush {d8}'",
    "ebfffffa, false, bl",
    "e1a00000, false, nop"
  })
  void armInstructions(String code, boolean lowers, String text) {
    assertThat(InstructionSet.ARM.lowersStack(arm(code), 0)).as(text).isEqualTo(lowers);
  }

  @ParameterizedTest
  @CsvSource({
    "bf00 4798, true", // blx r3
    "f000 f807, true", // bl
    "f000 e806, true", // blx to Arm code
    "f000 b801, false", // b.w
    "bf00 4770, false" // bx lr
  })
  void callsOfThumbCode(String code, boolean calls) {
    assertThat(InstructionSet.THUMB.endsWithCall(thumb(code))).isEqualTo(calls);
  }

  @ParameterizedTest
  @CsvSource({"ebfffffa, true", "e12fff33, true", "0bffffff, true", "e12fff1e, false"})
  void callsOfArmCode(String code, boolean calls) {
    assertThat(InstructionSet.ARM.endsWithCall(arm(code))).isEqualTo(calls);
  }

  /** Offsets are those of the listing: 38 is called from 26, 0 from 2a, Arm code at 3c from 2e. */
  @Test
  void whatBlCalls() {
    InstructionSet thumb = InstructionSet.THUMB;
    assertThat(thumb.called(thumb("f000 f807"), 0x2a)).isEqualTo(OptionalLong.of(0x38));
    assertThat(thumb.called(thumb("f7ff ffe9"), 0x2e)).isEqualTo(OptionalLong.of(0));
    assertThat(thumb.called(thumb("f000 e806"), 0x32)).isEqualTo(OptionalLong.of(0x3c));
    assertThat(thumb.called(thumb("bf00 4798"), 0x26)).isEmpty();
    assertThat(InstructionSet.ARM.called(arm("ebfffffa"), 0x50)).isEqualTo(OptionalLong.of(0x3c));
  }
}
