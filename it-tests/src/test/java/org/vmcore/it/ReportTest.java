package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;
import org.vmcore.testing.RealDump;

/** The page that {@code report} writes, in a browser. */
class ReportTest {
  private static final RealDump DUMP = RealDump.typed();

  /** The line of the log that names what happened. */
  private static final Pattern CAUSE = Pattern.compile("(?m)\\] ((?:BUG|Kernel panic)\\b.*)$");

  private static final int DESK = 1280;
  private static final int PHONE = 400;

  @TempDir private static Path directory;

  private static Path report = Path.of("");
  private static String page = "";

  @BeforeAll
  static void write() throws IOException {
    report = directory.resolve("report.html");
    Command.Result result = Program.run("report", DUMP.file(), "-o", report);
    assertThat(result.exit()).as(result.toString()).isZero();
    page = Files.readString(report);
  }

  @Test
  void tellsWhatTheKernelTold() {
    String words = DUMP.lastWords();
    MatchResult cause = CAUSE.matcher(words).results().findFirst().orElseThrow();
    assertThat(page).contains(cause.group(1)).contains(CallTrace.printed(words));
  }

  @Test
  void isJsonForMachines() throws IOException {
    Command.Result result = Program.run("report", DUMP.file(), "--json");
    assertThat(result.exit()).as(result.toString()).isZero();
    JsonNode report = new ObjectMapper().readTree(result.out());
    assertThat(report.findValuesAsText("comm")).contains("kthreadd");
    assertThat(report.toString()).contains(CallTrace.printed(DUMP.lastWords()));
  }

  @Test
  void isTheOwnersAndReplacesNothing() throws IOException {
    assertThat(Files.getPosixFilePermissions(report)).hasSize(2);
    Command.Result again = Program.run("report", DUMP.file(), "-o", report);
    assertThat(again.exit()).isEqualTo(2);
    assertThat(again.err()).contains("--force");
    assertThat(report).hasContent(page);
  }

  @Test
  void asksForNothingElse() {
    List<String> tags =
        Pattern.compile("<[a-z][^>]*>").matcher(page).results().map(MatchResult::group).toList();
    assertThat(tags)
        .hasSizeGreaterThan(100)
        .noneMatch(tag -> tag.matches("<(script|link|iframe|img|object|embed|base|form)\\b.*"));
    Pattern asking = Pattern.compile(" (?:src|srcset|href|data|action|poster)=[\"']?([^\"'> ]*)");
    assertThat(tags.stream().flatMap(tag -> asking.matcher(tag).results()))
        .extracting(match -> match.group(1))
        .isNotEmpty()
        .allMatch(target -> target.startsWith("#"));
    assertThat(page).doesNotContain("@import").doesNotContain("url(");
  }

  @Test
  void looksWellOnDesk() throws IOException {
    looksWell(DESK);
  }

  @Test
  @Tag("slow")
  void looksWellOnPhone() throws IOException {
    looksWell(PHONE);
  }

  private static void looksWell(int width) throws IOException {
    Browser.View view = Browser.in(directory).open(report, width, 2 * width);
    assertThat(view.console()).isEmpty();
    assertThat(view.picture().getWidth()).isEqualTo(width);
    assertThat(shareOfCommonestColour(view.picture())).isBetween(0.3, 0.95);
  }

  /** Text on cards leaves most of a page in one colour, but never all. */
  private static double shareOfCommonestColour(BufferedImage picture) {
    Map<Integer, Integer> colours = new HashMap<>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        colours.merge(picture.getRGB(x, y), 1, Integer::sum);
      }
    }
    int most = colours.values().stream().max(Integer::compare).orElse(0);
    return (double) most / (picture.getHeight() * picture.getWidth());
  }

  /** Long lines scroll within their boxes. */
  @Test
  void fitsPhone() throws IOException {
    // The page itself lets no script run.
    String measuring =
        page.replaceFirst("<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "")
            .replace(
                "</body>",
                "<script>parent.postMessage(innerWidth + ' holds '"
                    + " + document.documentElement.scrollWidth, '*')</script></body>");
    Path inner = Files.writeString(directory.resolve("measuring.html"), measuring);
    // In a frame, because windows have a least width.
    String outer =
        """
        <script>onmessage = message => document.body.append(message.data)</script>
        <body><iframe src="%s" width="%d" height="800" style="border: 0"></iframe></body>
        """
            .formatted(inner.getFileName(), PHONE);
    Path frame = Files.writeString(directory.resolve("frame.html"), outer);
    assertThat(Browser.in(directory).document(frame)).contains("400 holds 400");
  }

  /** Had a dump smuggled a script in, it would not run; and the console would tell. */
  @Test
  void letsNoScriptRun() throws IOException {
    String smuggled = page.replace("</body>", "<script>document.body.remove()</script></body>");
    Path file = Files.writeString(directory.resolve("smuggled.html"), smuggled);
    Browser.View view = Browser.in(directory).open(file, DESK, DESK);
    assertThat(view.console())
        .hasSize(1)
        .allMatch(line -> line.contains("Content Security Policy"), "refused");
    assertThat(shareOfCommonestColour(view.picture())).isLessThan(0.95);
  }
}
