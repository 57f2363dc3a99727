package org.vmcore.gdbstub.inspect.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ViewsTest {
  @Test
  void aPatternsTextsAreMadeVisibleBeforeTheyArePadded() {
    StringBuilder out = new StringBuilder();
    new Text(out::append, 16).print("[%-6s|%c|%d]\n", "a\nb", '\u001b', 7);
    assertThat(out.toString()).isEqualTo("[a\\x0ab|?|7]\n");
  }

  /** Any record. */
  private record Sample(
      int pidNumber,
      @Hex long place,
      @Hex OptionalLong other,
      OptionalInt none,
      List<String> words) {}

  @Test
  void jsonHasRecordsByTheirComponentsAndNoRawControls() {
    Sample sample =
        new Sample(
            1,
            0xffff_8880_0000_0000L,
            OptionalLong.of(16),
            OptionalInt.empty(),
            List.of("<\"&\u001b\u009b\u202e\u20ac\ud83d\ude00"));
    String json = Json.of(sample);
    assertThat(json)
        .isEqualTo(
            """
            {
              "pid_number": 1,
              "place": "0xffff888000000000",
              "other": "0x10",
              "words": [
                "<\\"&\\u001b\\u009b\\u202e\u20ac\\ud83d\\ude00"
              ]
            }
            """);
    assertThat(json.getBytes(UTF_8)).doesNotContain(0x1b, 0x9b - 0x100);
  }

  @Test
  void aTreeIsWhatJsonHas() {
    Sample sample = new Sample(1, 2, OptionalLong.empty(), OptionalInt.of(3), List.of());
    assertThat(Fields.tree(sample))
        .isEqualTo(Map.of("pid_number", 1, "place", "0x2", "none", 3, "words", List.of()));
    StringWriter document = new StringWriter();
    Json.document(document, "sample", 4, sample);
    assertThat(document.toString())
        .startsWith("{\n  \"query\": \"sample\",\n  \"version\": 4,\n  \"pid_number\": 1,");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes, 0 bytes, 0, 0 bytes",
    "4096, 4.0 KiB, 4 KB, 4 KB, 4KB",
    "1572864, 1.5 MiB, 1.5 MB, 1.5 MB, 1536KB",
    "2097152, 2.0 MiB, 2 MB, 2 MB, 2MB",
    "1099511627776, 1.0 TiB, 1 TB, 1024 GB, 1024GB",
  })
  void sizesAreInEachOnesForm(long bytes, String ours, String machine, String use, String page) {
    assertThat(Sizes.of(bytes)).isEqualTo(ours);
    assertThat(Sizes.ofMachine(bytes)).isEqualTo(machine);
    assertThat(Sizes.ofUse(bytes)).isEqualTo(use);
    assertThat(Sizes.ofPage(bytes)).isEqualTo(page);
  }
}
