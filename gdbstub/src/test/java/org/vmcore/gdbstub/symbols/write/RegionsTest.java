package org.vmcore.gdbstub.symbols.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.gdbstub.linux.PerCpuSection;

/** Sections from symbols: each line a letter of nm and an address. */
class RegionsTest {
  private static final PerCpuSection FROM_ZERO = new PerCpuSection(0, 0x22000, 0x40000);

  private static Symbols symbols(String[] lines, Optional<PerCpuSection> perCpu) {
    Symbols symbols = new Symbols(lines.length, 0, perCpu);
    for (String line : lines) {
      String[] words = line.split(" ", 2);
      char type = words[0].charAt(0);
      long address = Long.parseUnsignedLong(words[1], 16);
      symbols.add(
          new byte[] {'s'}, 0, 1, type, address, 0x10, Symbols.anchor(type, address, perCpu));
    }
    return symbols.end();
  }

  private static List<String> regions(Optional<PerCpuSection> perCpu, String... lines) {
    return Regions.ofKernel(symbols(lines, perCpu), perCpu).stream()
        .map(r -> "%s %x-%x".formatted(r.kind(), r.start(), r.end()))
        .toList();
  }

  private static List<String> regions(String... lines) {
    return regions(Optional.empty(), lines);
  }

  @Test
  void aSectionStartsWhereTheKindOfSymbolsChanges() {
    assertThat(regions("T 1000", "t 1100", "W 1200", "R 2000", "d 3000", "D 3008", "b 4000"))
        .containsExactly(
            "CODE 1000-2000", "READ_ONLY 2000-3000", "DATA 3000-4000", "BSS 4000-4010");
  }

  @Test
  void marksAtOnePlaceMakeNoSectionBetween() {
    assertThat(regions("T 1000", "D 2000", "R 3000", "D 3000", "d 3100"))
        .containsExactly("CODE 1000-2000", "DATA 2000-3110");
  }

  @Test
  void perCpuVariablesFromZeroOnAreApart() {
    assertThat(
            regions(
                Optional.of(FROM_ZERO),
                "A 0",
                "A 21e80",
                "T ffffffff81000000",
                "A ffffffff81000008"))
        .containsExactly("CODE ffffffff81000000-ffffffff81000010", "PER_CPU 0-22000");
  }

  /** As on all other machines, and x86-64 since 6.15. */
  @Test
  void perCpuVariablesInTheImageAreASectionOfTheirOwn() {
    PerCpuSection section = new PerCpuSection(0x3000, 0x4000, 0x8000);

    assertThat(regions(Optional.of(section), "t 1000", "d 2000", "d 3000", "D 3100", "d 4000"))
        .containsExactly("CODE 1000-2000", "DATA 2000-2010", "DATA 4000-4010", "PER_CPU 0-1000");
  }

  @Test
  void memoryFarAwayIsAnotherSection() {
    assertThat(regions("t 1000", "t 10000000"))
        .containsExactly("CODE 1000-1010", "CODE 10000000-10000010");
  }

  @Test
  void nothingHasNoSection() {
    assertThat(regions()).isEmpty();
    assertThat(regions("w 1000")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "vfs_write, vfs_write",
    "crashme_level2.isra.0, crashme_level2",
    "foo.constprop.12, foo",
    "bar.part.0.isra.1, bar",
    "__handle_sysrq.cold, __handle_sysrq.cold",
    "init.text, init.text"
  })
  void clonesHaveTheNameOfTheSource(String symbol, String source) {
    byte[] text = ("x" + symbol).getBytes(ISO_8859_1);
    assertThat(SymbolNaming.sourceLength(text, 1, symbol.length())).isEqualTo(source.length());
  }

  @ParameterizedTest
  @CsvSource({
    "_text, true",
    "_etext, true",
    "__start_rodata, true",
    "__entry_text_end, true",
    "_sinittext, true",
    "start_kernel, false",
    "vfs_write, false",
    "__switch_to, false"
  })
  void marksAreToldByTheirNames(String name, boolean isMark) {
    byte[] text = ("_" + name + "_").getBytes(ISO_8859_1);
    assertThat(SymbolNaming.isMark(text, 1, name.length())).isEqualTo(isMark);
  }
}
