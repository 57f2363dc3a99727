package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coverage-guided fuzzing with Jazzer, a program run per format: the same {@value #RUNS} inputs
 * each time, or, given {@code -Dfuzz.seconds}, others for so long. What it finds becomes a file in
 * src/test/resources/org/vmcore/dumpreader/fuzz, named {@code FORMAT--anything}, which every later
 * run tries again.
 */
class FuzzingTest {
  private static final int RUNS = 2000;

  /** Lines of Jazzer's log, which begins with pages about the instrumentation. */
  private static final int END_OF_LOG = 60;

  private static final String SECONDS = System.getProperty("fuzz.seconds", "");

  private static final Path FOUND =
      Path.of("src", "test", "resources", "org", "vmcore", "dumpreader", "fuzz");

  @TempDir private Path directory;

  static Stream<String> seeded() {
    return FormatSamples.names().stream();
  }

  /** Once more what a fuzzer has found before. */
  static Stream<Arguments> found() throws IOException {
    List<Arguments> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOUND)) {
      for (Path file : files.sorted().toList()) {
        String format = file.getFileName().toString().replaceFirst("--.*", "");
        if (FormatSamples.names().contains(format)) {
          found.add(Arguments.of(format, file));
        }
      }
    }
    return found.stream();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("found")
  void whatWasFoundOnceStaysMended(String format, Path file) throws Exception {
    FuzzTarget.run(Files.readAllBytes(file));
  }

  @ParameterizedTest
  @MethodSource("seeded")
  void seedsAreRead(String format) throws Exception {
    FuzzTarget.run(FormatSamples.file(format));
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("seeded")
  void nothingIsFound(String format) throws Exception {
    Path seeds = Files.createDirectory(directory.resolve("seeds"));
    Files.write(seeds.resolve("seed"), FormatSamples.file(format));
    Path log = directory.resolve("log");
    int exit =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                classPath(),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + FuzzTarget.class.getName(),
                "--instrumentation_includes=org.vmcore.**",
                "--reproducer_path=" + directory,
                "-artifact_prefix=" + directory + File.separator,
                SECONDS.isEmpty() ? "-seed=1" : "-max_total_time=" + SECONDS,
                SECONDS.isEmpty() ? "-runs=" + RUNS : "-runs=-1",
                "-timeout=60",
                "-rss_limit_mb=2048",
                seeds.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    String output = Files.readString(log, ISO_8859_1);
    assumeTrue(
        exit == 0 || output.contains("INFO: seed corpus") || output.contains("== Java Exception"),
        () -> "Jazzer does not run here: " + output.lines().limit(3).toList());
    assertThat(exit).as(this::findings).isZero();
    assertThat(output).as("it did run").contains("Done ");
  }

  /** What to put into the resources, as this directory goes away. */
  private String findings() {
    try (Stream<Path> files = Files.list(directory)) {
      List<String> findings = new ArrayList<>();
      for (Path file :
          files.filter(f -> f.toString().matches(".*(crash|timeout|oom)-.*")).toList()) {
        Path kept = Path.of("target", file.getFileName().toString());
        Files.copy(file, kept, StandardCopyOption.REPLACE_EXISTING);
        findings.add(kept.toString());
      }
      List<String> log = Files.readAllLines(directory.resolve("log"), ISO_8859_1);
      return "found %s\n%s"
          .formatted(
              findings,
              String.join("\n", log.subList(Math.max(0, log.size() - END_OF_LOG), log.size())));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String classPath() {
    String surefire = System.getProperty("surefire.test.class.path");
    return surefire != null ? surefire : System.getProperty("java.class.path");
  }
}
