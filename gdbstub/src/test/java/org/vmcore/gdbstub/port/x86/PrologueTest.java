package org.vmcore.gdbstub.port.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/** {@code __crash_kexec} as it stands in the memory of Debian's kernels. */
class PrologueTest {
  private static final long START = 0xffff_ffff_8110_0000L;

  private static final String CODE_5_10 =
      "6666666690 55 ba01000000 4881ecb0000000 65488b042528000000 48898424a8000000 31c0";
  private static final String CODE_7_2 =
      "0f1f40d6 0f1f440000 4881ecb8000000 ba01000000 65488b05dbc48e02 48898424a8000000 31c0";

  @ParameterizedTest
  @CsvSource({"'" + CODE_5_10 + "', 18, 0xc0, 5", "'" + CODE_7_2 + "', 16, 0xc0,"})
  void tellsTheFrameOfWhatOrcLeavesOut(String code, int body, String frame, String pushed) {
    List<Integer> registers =
        pushed == null
            ? List.of()
            : Arrays.stream(pushed.split(" ")).map(Integer::parseInt).toList();

    assertThat(read(code))
        .contains(new Prologue(START, 0x11a, body, Integer.decode(frame), registers));
  }

  @Test
  void aFunctionThatStartsOtherwiseIsNotGuessedAt() {
    assertThat(read("c8100000 55")).isEmpty();
  }

  private static Optional<Prologue> read(String code) {
    byte[] image = HexFormat.of().parseHex(code.replace(" ", ""));
    KernelMemory memory = LinearKernel.memory(START, ByteOrder.LITTLE_ENDIAN, 8, image);
    return Prologue.read(memory, START, 0x11a);
  }
}
