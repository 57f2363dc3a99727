package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;

/** The pages of {@code triage report} of ten thousand crashes, in a browser. */
@Tag("slow")
class TriageSiteTest {
  private static final int CRASHES = 10_000;
  private static final int GROUPS = 500;
  private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");

  private static final int DESK = 1280;
  private static final int PHONE = 500;

  /** Uses the page as people do, and leaves what it saw in the title. */
  private static final String USE =
      """
      <script>
      {
      const shown = () => [...document.querySelectorAll("tbody tr")].filter((row) => !row.hidden);
      const column = (n) => shown().map((row) => row.cells[n].textContent);
      const heads = document.querySelectorAll("th button");
      const falls = (a) => a.every((x, i) => !i || a[i - 1] >= x);
      const said = [shown().length];
      heads[3].click();
      said.push(falls(column(3)));
      heads[3].click();
      said.push(falls(column(3).reverse()));
      heads[0].click();
      said.push(falls(column(0).map(Number)));
      const search = document.getElementById("search");
      search.value = "made_function_499 null";
      search.dispatchEvent(new Event("input"));
      said.push(shown().length, document.getElementById("shown").textContent);
      const paint = performance.getEntriesByType("navigation")[0];
      said.push("loaded after " + Math.round(paint.domContentLoadedEventStart || performance.now()) + " ms");
      document.title = said.join("|");
      }
      </script></body>\
      """;

  private static final Pattern TITLE = Pattern.compile("<title>(.*)</title>");

  @TempDir private Path directory;

  /**
   * As Linux prints it (Documentation/admin-guide/bug-hunting.rst), with what a page may not obey.
   */
  private static String log(int crash) {
    String time = "[  %d.000000] ".formatted(crash);
    return Stream.of(
            "BUG: kernel NULL pointer dereference, address: 0000000000000008",
            "Oops: 0000 [#1] SMP NOPTI",
            "CPU: 0 PID: 99 Comm: worker Not tainted 6.%d.0-made #1".formatted(crash % 7),
            "Hardware name: Made <b>Machine</b> %d/Board, BIOS 1".formatted(crash % 5),
            "RIP: 0010:made_function_%d+0x12/0x80".formatted(function(crash)),
            "Call Trace:",
            " <TASK>",
            " do_syscall_64+0x3b/0x90",
            " entry_SYSCALL_64_after_hwframe+0x6e/0xd8",
            " </TASK>",
            "Kernel panic - not syncing: Fatal exception")
        .map(text -> time + text + "\n")
        .collect(Collectors.joining());
  }

  /** All of them, and some more often. */
  private static int function(int crash) {
    return crash % 2 == 0 ? crash / 2 % GROUPS : crash * crash % 97;
  }

  private Path site() throws IOException {
    Path crashes = Files.createDirectory(directory.resolve("crashes"));
    for (int i = 0; i < CRASHES; i++) {
      Path log = Files.writeString(crashes.resolve("%05d.txt".formatted(i)), log(i));
      Files.setLastModifiedTime(log, FileTime.from(FIRST.plusSeconds(i * 2700L)));
    }
    Path database = directory.resolve("crashes.db");
    Path site = directory.resolve("site");
    must("triage", crashes, "--db", database);
    must("triage", "report", "--db", database, "-o", site);
    return site;
  }

  private static void must(Object... words) {
    Command.Result result =
        Command.of(Program.words(words))
            .environment(Program.ENVIRONMENT)
            .limit(Duration.ofMinutes(5))
            .run();
    assertThat(result.exit()).as(result.toString()).isZero();
  }

  @Test
  void tenThousandAreSortedAndSearched() throws IOException {
    Path site = site();
    Path index = site.resolve("index.html");
    String page = Files.readString(index);
    List<String> links =
        Pattern.compile("href=\"(groups/[^\"]+)\"")
            .matcher(page)
            .results()
            .map(link -> link.group(1))
            .toList();
    assertThat(links).doesNotHaveDuplicates().hasSize(GROUPS);
    assertThat(links).allMatch(link -> Files.isRegularFile(site.resolve(link)));

    Browser browser = Browser.in(directory);
    Path used = Files.writeString(site.resolve("used.html"), page.replace("</body>", USE));
    Matcher title = TITLE.matcher(browser.document(used));
    assertThat(title.find()).isTrue();
    System.out.println("10,000 crashes: " + title.group(1));
    assertThat(title.group(1))
        .startsWith(links.size() + "|true|true|true|1|1 of " + links.size() + "|");

    for (Path seen : List.of(index, site.resolve(links.get(0)), site.resolve("failed.html"))) {
      for (int width : List.of(DESK, PHONE)) {
        Browser.View view = browser.open(seen, width, 2 * PHONE);
        assertThat(view.console()).as("%s, %d wide", seen, width).isEmpty();
        assertThat(colours(view.picture())).as("something is drawn").isGreaterThan(4);
      }
      Browser.View night = browser.open(seen, DESK, 2 * PHONE, true);
      assertThat(night.console()).as("%s in the dark", seen).isEmpty();
      assertThat(brightness(night.picture())).isLessThan(0.4);
      assertThat(brightness(browser.open(seen, DESK, 2 * PHONE).picture())).isGreaterThan(0.6);
    }
  }

  /** From 0, which is black, to 1. */
  private static double brightness(BufferedImage picture) {
    return IntStream.range(0, picture.getWidth() * picture.getHeight())
            .map(i -> picture.getRGB(i % picture.getWidth(), i / picture.getWidth()) >> 8 & 0xff)
            .average()
            .orElseThrow()
        / 255;
  }

  private static long colours(BufferedImage picture) {
    return IntStream.range(0, picture.getWidth() * picture.getHeight())
        .map(i -> picture.getRGB(i % picture.getWidth(), i / picture.getWidth()))
        .distinct()
        .count();
  }
}
