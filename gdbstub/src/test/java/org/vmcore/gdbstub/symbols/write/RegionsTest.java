package org.vmcore.gdbstub.symbols.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sections from symbols: each line a letter of nm and an address. */
class RegionsTest {
  private static List<String> regions(String... lines) {
    List<Symbol> symbols = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.split(" ", 2);
      symbols.add(new Symbol("s", words[0].charAt(0), Long.parseUnsignedLong(words[1], 16), 0x10));
    }
    return Regions.of(symbols).stream()
        .map(r -> "%s %x-%x".formatted(r.kind(), r.start(), r.end()))
        .toList();
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
  void perCpuVariablesComeAfterTheCode() {
    assertThat(regions("A 0", "A 21e80", "T ffffffff81000000", "A ffffffff81000008"))
        .containsExactly("CODE ffffffff81000000-ffffffff81000010", "PER_CPU 0-22000");
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
    assertThat(new Symbol(symbol, 't', 0, 1).sourceName()).isEqualTo(source);
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
    assertThat(new Symbol(name, 'T', 0, 1).isMark()).isEqualTo(isMark);
  }
}
