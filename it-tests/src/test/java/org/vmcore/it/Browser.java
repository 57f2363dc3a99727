package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.vmcore.testing.Command;

/** Chromium without a window. */
final class Browser {
  private final String program;
  private final Path directory;

  private Browser(String program, Path directory) {
    this.program = program;
    this.directory = directory;
  }

  /**
   * Skips the test where there is none.
   *
   * @param directory for what it writes
   */
  static Browser in(Path directory) {
    List<String> installed =
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .filter(Command::isInstalled)
            .toList();
    assumeTrue(!installed.isEmpty(), "chromium is not installed");
    return new Browser(installed.get(0), directory);
  }

  /**
   * What is seen of a page.
   *
   * @param picture its top
   * @param console what the browser said of it there: errors, warnings, violations
   */
  record View(BufferedImage picture, List<String> console) {}

  View open(Path page, int width, int height) throws IOException {
    return open(page, width, height, false);
  }

  /**
   * The same for somebody who reads at night.
   *
   * @param dark whether the page is told that its reader wants it so (prefers-color-scheme)
   */
  View open(Path page, int width, int height, boolean dark) throws IOException {
    Path picture = directory.resolve("page.png");
    Command.Result result =
        run(
            page,
            "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1),
            "--screenshot=" + picture,
            "--window-size=%d,%d".formatted(width, height));
    return new View(ImageIO.read(picture.toFile()), console(result));
  }

  /** A page's document after its scripts have run. */
  String document(Path page) {
    return run(page, "--virtual-time-budget=5000", "--dump-dom").out();
  }

  private Command.Result run(Path page, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(
                program,
                "--headless",
                "--disable-gpu",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--user-data-dir=" + directory.resolve("profile")));
    // It refuses to have a sandbox of root's.
    words.add("--no-sandbox");
    words.addAll(List.of(options));
    words.add(page.toUri().toString());
    Command.Result result = Command.of(words).limit(Duration.ofMinutes(2)).run();
    assertThat(result.exit()).as(result.toString()).isZero();
    return result;
  }

  /** The log has much else, of buses and devices that a server lacks. */
  private static List<String> console(Command.Result result) {
    return result.err().lines().filter(line -> line.contains(":CONSOLE")).toList();
  }
}
