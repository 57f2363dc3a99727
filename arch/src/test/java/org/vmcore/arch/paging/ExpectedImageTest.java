package org.vmcore.arch.paging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** With lines of Debian 13's kernel. */
class ExpectedImageTest {
  private static final String TEXT = "SYMBOL(_stext)=ffffffff87000000\n";
  private static final String NAMES =
      "SYMBOL(kallsyms_names)=ffffffff88151668\nSYMBOL(kallsyms_offsets)=ffffffff883673d0\n";
  private static final String VARIABLES =
      "SYMBOL(init_uts_ns)=ffffffff88e219c0\nSYMBOL(node_data)=ffffffff897dc1c0\n";
  private static final String ELSEWHERE =
      "SYMBOL(vmemmap)=fff846c480000000\nSYMBOL(mem_section)=ff35ddc75fd9b680\n";

  private static Optional<ExpectedImage> of(String text) {
    return ExpectedImage.of(Vmcoreinfo.parse(text.getBytes(ISO_8859_1)));
  }

  @Test
  void itIsFromTheSymbolsToTheLastVariableAndALittleMore() {
    ExpectedImage image = of(TEXT + NAMES + VARIABLES + ELSEWHERE).orElseThrow();
    assertThat(image.start()).isEqualTo(0xffffffff88051668L);
    assertThat(image.start() + image.length()).isEqualTo(0xffffffff898dc1c0L);
  }

  @Test
  void whereNoSymbolsAreToldItIsWhatComesBeforeTheVariables() {
    ExpectedImage image = of(TEXT + VARIABLES + ELSEWHERE).orElseThrow();
    assertThat(image.start()).as("9 MiB before").isEqualTo(0xffffffff885219c0L);
    assertThat(image.start() + image.length()).isEqualTo(0xffffffff898dc1c0L);
    String early = TEXT.replace("87000000", "88e00000");
    assertThat(of(early + VARIABLES).orElseThrow().start()).isEqualTo(0xffffffff88e00000L);
  }

  @Test
  void nothingIsExpectedWhereVmcoreinfoDoesNotTell() {
    assertThat(of(NAMES + VARIABLES)).isEmpty();
    assertThat(of(TEXT + NAMES)).isEmpty();
    assertThat(of(TEXT + ELSEWHERE)).isEmpty();
  }
}
