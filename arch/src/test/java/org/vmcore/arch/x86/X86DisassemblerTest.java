package org.vmcore.arch.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.arch.api.Disassembler;
import org.vmcore.arch.api.Disassembler.Instruction;
import org.vmcore.testing.Command;
import org.vmcore.testing.Corpus;

/** Against binutils' objdump, on the code of a kernel. */
class X86DisassemblerTest {
  /** Address, bytes, instruction without what objdump adds to it. */
  private static final Pattern LINE =
      Pattern.compile("^([0-9a-f]{16}):\\t([0-9a-f ]+?) *\\t(.*?)(?: *#.*)?(?: <[^>]*>)?$");

  /** Behind what is compared; objdump cuts an instruction off there. */
  private static final long END = 0xffffffff81200000L;

  /** By one, which binutils before 2.41 do not print. */
  private static final Pattern SHIFT =
      Pattern.compile("^((?:sh|sa|ro|rc)[lr][bwlq]?) (?!\\$|%cl,)");

  private final Disassembler disassembler = new X86Disassembler();

  @Test
  void namesTheInstructionsOfAKernelAsObjdumpDoes() {
    Command.assumeInstalled("objdump");
    String listing =
        Command.of(
                "objdump",
                "-d",
                "--insn-width=15",
                "--section=.text",
                "--start-address=0xffffffff81000000",
                "--stop-address=0x" + Long.toHexString(END),
                Corpus.file("x86_64/kernel/vmlinux").toString())
            .run()
            .out();
    Map<String, String> wrong = new LinkedHashMap<>();
    int seen = 0;
    for (String line : listing.lines().toList()) {
      Matcher parts = LINE.matcher(line);
      boolean whole = parts.matches() && Long.parseUnsignedLong(parts.group(1), 16) < END - 16;
      if (whole) {
        seen++;
        byte[] code = HexFormat.of().parseHex(parts.group(2).replace(" ", ""));
        long address = Long.parseUnsignedLong(parts.group(1), 16);
        String expected =
            SHIFT.matcher(parts.group(3).trim().replaceAll(" +", " ")).replaceAll("$1 \\$0x1,");
        String found = text(disassembler.at(code, 0, address), code).trim().replaceAll(" +", " ");
        if (!found.equals(expected)) {
          wrong.put(line, found);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(seen).isGreaterThan(100_000);
  }

  private static String text(Instruction found, byte[] code) {
    if (found.length() != code.length) {
      return found.length() + " bytes of " + code.length + ": " + found.text();
    }
    OptionalLong target = found.target();
    return target.isPresent()
        ? found.text() + " " + Long.toHexString(target.getAsLong())
        : found.text();
  }

  /** Of instructions that end too soon the first byte is told, and what comes next is the next. */
  @ParameterizedTest
  @CsvSource({"0f", "48", "66", "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0", "c4", "62f1", "e8000000", "ff"})
  void endsWithTheBytesThatThereAre(String hex) {
    Instruction cut = disassembler.at(HexFormat.of().parseHex(hex), 0, 0x1000);
    assertThat(cut.text()).isEqualTo(".byte 0x" + hex.substring(0, 2).replaceFirst("^0", ""));
    assertThat(cut.length()).isEqualTo(1);
  }
}
