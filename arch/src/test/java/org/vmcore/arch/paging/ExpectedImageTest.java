package org.vmcore.arch.paging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/** With lines of Debian 13's kernel. */
class ExpectedImageTest {
  private static final String NAMES = "SYMBOL(kallsyms_names)=ffffffff88151668\n";
  private static final String VARIABLE = "SYMBOL(init_uts_ns)=ffffffff88e219c0\n";

  private static Optional<ExpectedImage> of(String text) {
    return ExpectedImage.of(Vmcoreinfo.parse(text.getBytes(ISO_8859_1)));
  }

  @Test
  void itIsFromBeforeTheSymbolsToBehindTheFirstVariables() {
    ExpectedImage image = of(NAMES + VARIABLE).orElseThrow();
    long end = image.start() + image.length();
    assertThat(image.start()).isBetween(0xffffffff88000000L, 0xffffffff88151668L);
    assertThat(end).as("node_online_map").isGreaterThan(0xffffffff88e6a3e0L);
    assertThat(end).isLessThan(0xffffffff88f00000L);
  }

  @Test
  void nothingIsExpectedWhereVmcoreinfoDoesNotTell() {
    assertThat(of(VARIABLE)).as("before Linux 6.0").isEmpty();
    assertThat(of(NAMES)).isEmpty();
    assertThat(of(NAMES.replace("88151668", "a8151668") + VARIABLE)).isEmpty();
    assertThat(of(NAMES + "SYMBOL(init_uts_ns)=fffffffff8e219c0\n")).isEmpty();
  }
}
