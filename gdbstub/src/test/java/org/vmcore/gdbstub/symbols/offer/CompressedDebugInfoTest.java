package org.vmcore.gdbstub.symbols.offer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.demo.Tools;
import org.vmcore.testing.Corpus;

/** What binutils make of it is what they make of the file. */
class CompressedDebugInfoTest {
  @TempDir private Path directory;

  private static byte[] bytes(DumpInput input) throws Exception {
    byte[] bytes = new byte[(int) input.size()];
    assertThat(input.read(0, bytes, 0, bytes.length)).isEqualTo(bytes.length);
    return bytes;
  }

  private static List<String> sections(Path file) throws Exception {
    return Tools.run("readelf", "-W", "-S", file.toString())
        .lines()
        .map(line -> line.strip().replaceAll(" +", " "))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"arm64", "s390x"})
  void sectionsAreTheSameUncompressed(String machine) throws Exception {
    Path file = Corpus.file(machine + "/kernel/vmlab.ko");
    Path shown = directory.resolve("vmlab.ko");
    try (FileInput input = FileInput.open(file);
        DumpInput compressed = CompressedDebugInfo.of(input)) {
      Files.write(shown, bytes(compressed));
    }

    assertThat(sections(shown))
        .filteredOn(line -> line.contains(" .debug_info "))
        .singleElement()
        .asString()
        .contains(" C ");
    for (String section : List.of(".debug_info", ".debug_line", ".debug_str", ".symtab")) {
      assertThat(content(section, shown)).as(section).isEqualTo(content(section, file));
    }
    assertThat(sections(shown))
        .filteredOn(line -> !line.contains(" .debug_"))
        .containsExactlyElementsOf(
            sections(file).stream().filter(line -> !line.contains(" .debug_")).toList());
  }

  private static List<String> content(String section, Path file) throws Exception {
    List<String> dump =
        Tools.run("readelf", "-z", "-x", section, file.toString())
            .lines()
            .filter(line -> line.startsWith("  0x"))
            .toList();
    assertThat(dump).isNotEmpty();
    return dump;
  }

  @Test
  void anyPieceThatIsReadIsThatOfTheWhole() throws Exception {
    try (FileInput input = FileInput.open(Corpus.file("x86_64/kernel/vmlinux"));
        DumpInput compressed = CompressedDebugInfo.of(input)) {
      byte[] whole = bytes(compressed);
      Random random = new Random(7);
      for (int i = 0; i < 2000; i++) {
        int at = random.nextInt(whole.length);
        int length = random.nextInt(100_000);
        byte[] piece = new byte[length + 1];
        int got = compressed.read(at, piece, 1, length);
        assertThat(got).isEqualTo(Math.min(length, whole.length - at));
        assertThat(Arrays.mismatch(piece, 1, 1 + got, whole, at, at + got)).isEqualTo(-1);
      }
    }
  }

  @Test
  void aFileWithoutDebuggingInformationIsLeftAsItIs() throws Exception {
    Path stripped = directory.resolve("stripped");
    Tools.run("objcopy", "-g", "" + Corpus.file("x86_64/kernel/vmlinux"), "" + stripped);
    try (FileInput input = FileInput.open(stripped)) {
      assertThat(CompressedDebugInfo.of(input)).isSameAs(input);
    }
  }
}
