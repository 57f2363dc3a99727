package org.vmcore.gdbstub.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmcore.testing.Corpus;

class OopsPlacesTest {
  private static final String FOLDER = "x86_64/kdump-btf-null-deref/";

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "RIP: 0010:crashme_level3+0x67/0xa0 [crashme]; crashme_level3+0x67/0xa0 [crashme]",
        "[    6.1]  ? vfs_write+0xc1/0x400; vfs_write+0xc1/0x400",
        "ffffffff97600010; ffffffff97600010",
        "0x10; 0x10",
        "pc : [<c0101f2c>] lr : [<c0101f28>]; c0101f2c,c0101f28",
        "RDX: 0000000000000000 RSI: ffff922b80c48000; ffff922b80c48000",
        "Code: 89 04 24 48 8b; ''",
      })
  void findsPlacesAndAddressesInALine(String line, String found) {
    assertThat(String.join(",", OopsPlaces.in(line))).isEqualTo(found);
  }

  /** The guest had printed where its functions are. */
  @Test
  void aWholeOopsIsReadFromAPipe() throws Exception {
    String dump = Corpus.file(FOLDER + "vmcore.d31.zlib").toString();
    String text =
        Corpus.text(FOLDER + "gt-from-guest.txt")
            .replaceAll("(?s).*crashme_level3 va=(\\w+).*", "$1");
    InputStream before = System.in;
    System.setIn(
        new ByteArrayInputStream(
            "RIP: 0010:crashme_level3+0x67/0xa0 [crashme]\nnosuch+0x1/0x2\n"
                .getBytes(StandardCharsets.UTF_8)));
    CapturedRun ended;
    try {
      ended = CapturedRun.of("addr2sym", dump);
    } finally {
      System.setIn(before);
    }
    assertThat(ended.exitCode()).isEqualTo(1);
    long place = Long.parseUnsignedLong(text, 16) + 0x67;
    assertThat(ended.out().lines().toList())
        .isEqualTo(
            List.of(
                "%016x (t) crashme_level3+0x67 [crashme]".formatted(place), "nosuch+0x1/0x2 ??"));
  }
}
