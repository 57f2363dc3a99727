package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeedTableTest {
  @TempDir private Path directory;

  @Test
  void rewritesWhatIsBetweenTheMarks() throws IOException {
    Path readme =
        Files.writeString(
            directory.resolve("README.md"),
            "before\n<!-- speed:begin -->\nold\nold\n<!-- speed:end -->\nafter\n");
    SpeedTable table = new SpeedTable("$1 Measured.", "what", "we:", "who else", "ratio:");
    table.row("zlib", SpeedTable.number(281.4) + " MiB/s", "drgn", "**2.00**");
    table.row("zstd", SpeedTable.number(9.96) + " MiB/s", "drgn", "");
    assertThat(SpeedTable.rewrite(readme, table.toString())).isTrue();
    assertThat(readme)
        .hasContent(
            """
            before
            <!-- speed:begin -->
            $1 Measured.

            | what | we | who else | ratio |
            |---|---:|---|---:|
            | zlib | 281 MiB/s | drgn | **2.00** |
            | zstd | 10.0 MiB/s | drgn | |
            <!-- speed:end -->
            after
            """);
  }

  @Test
  void leavesAFileWithoutMarksAlone() throws IOException {
    Path readme = Files.writeString(directory.resolve("README.md"), "text\n");
    assertThat(SpeedTable.rewrite(readme, "table\n")).isFalse();
    assertThat(readme).hasContent("text\n");
    assertThat(SpeedTable.rewrite(directory.resolve("missing"), "table\n")).isFalse();
  }

  @Test
  void takesTheMiddle() {
    assertThat(SpeedTable.median(3, 100, 1)).isEqualTo(3);
    assertThat(SpeedTable.median(4, 2, 1, 3)).isEqualTo(2.5);
  }
}
