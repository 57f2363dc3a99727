package org.vmcore.arch.arm64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.arch.api.Disassembler.Instruction;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;

class Arm64DisassemblerTest {
  /** Address, word, instruction without what gdb adds to it. */
  private static final Pattern LINE =
      Pattern.compile("^ *0x([0-9a-f]{16})(?: <[^>]*>)?:\\t([0-9a-f]{8})\\t(.*?)(?: *//.*)?$");

  private static final long START = 0x1000;

  private final Arm64Disassembler disassembler = new Arm64Disassembler();

  private String text(int word, long address) {
    byte[] code = new byte[Integer.BYTES];
    ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).putInt(word);
    Instruction one = disassembler.at(code, 0, address);
    String target =
        one.target().isPresent() ? "0x" + Long.toHexString(one.target().getAsLong()) : "";
    return (one.text() + target).strip().replaceAll("\\s+", " ");
  }

  /** One of each kind, as objdump 2.40 names them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "d503233f | paciasp",
        "a9be7bfd | stp x29, x30, [sp, #-32]!",
        "910003fd | mov x29, sp",
        "f9400000 | ldr x0, [x0]",
        "b9402c01 | ldr w1, [x0, #44]",
        "f8617802 | ldr x2, [x0, x1, lsl #3]",
        "f8408c41 | ldr x1, [x2, #8]!",
        "a8c27bfd | ldp x29, x30, [sp], #32",
        "d65f03c0 | ret",
        "94000400 | bl 0x2000",
        "54000041 | b.ne 0x1008",
        "b4000040 | cbz x0, 0x1008",
        "37f80040 | tbnz w0, #31, 0x1008",
        "d4210000 | brk #0x800",
        "d5384100 | mrs x0, sp_el0",
        "92401c00 | and x0, x0, #0xff",
        "d2824680 | mov x0, #0x1234",
        "12800000 | mov w0, #0xffffffff",
        "f2a24680 | movk x0, #0x1234, lsl #16",
        "d37df000 | lsl x0, x0, #3",
        "eb01001f | cmp x0, x1",
        "9a9f17e0 | cset x0, eq",
        "885ffc01 | ldaxr w1, [x0]",
        "88e17c02 | casa w1, w2, [x0]",
        "f8210000 | ldadd x1, x0, [x0]",
        "00000000 | udf #0",
        "90000000 | adrp x0, 0x1000",
        "4e080c00 | .inst 0x4e080c00",
      })
  void namesInstructions(String word, String expected) {
    assertThat(text(Integer.parseUnsignedInt(word, 16), START)).isEqualTo(expected);
  }

  @Test
  void anyBytesEndInAnAnswer() {
    Random random = new Random(1);
    for (int i = 0; i < 5_000; i++) {
      assertThat(text(random.nextInt(), START)).isNotBlank();
    }
    assertThat(disassembler.at(new byte[] {1, 2, 3}, 1, START).length()).isEqualTo(1);
  }

  /** Every instruction that is named is one that gdb names so; nine of ten are. */
  @Tag("slow")
  @Test
  void namesTheInstructionsOfAKernelAsGdbDoes() {
    Command.assumeInstalled("gdb-multiarch");
    String kernel = Corpus.file("arm64/kernel/vmlinux").toString();
    String listing =
        Command.of(
                "gdb-multiarch", "-nx", "-batch", "-ex", "disassemble /r _stext,+0x60000", kernel)
            .limit(Duration.ofMinutes(4))
            .run()
            .out();
    Map<String, String> wrong = new LinkedHashMap<>();
    int seen = 0;
    int unknown = 0;
    for (String line : listing.lines().toList()) {
      Matcher parts = LINE.matcher(line);
      if (parts.matches()) {
        seen++;
        int word = Integer.parseUnsignedInt(parts.group(2), 16);
        String expected =
            parts.group(3).replaceAll(" <[^>]*>$", "").strip().replaceAll("\\s+", " ");
        String found = text(word, Long.parseUnsignedLong(parts.group(1), 16));
        boolean isNumbered = found.contains(" s3_") || found.contains(" s2_");
        if (found.startsWith(".inst")) {
          unknown++;
        } else if (!found.equals(expected) && !isNumbered) {
          wrong.put(line, found);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(seen).isGreaterThan(90_000);
    assertThat(unknown).isLessThan(seen / 20);
  }
}
