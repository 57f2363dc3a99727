package org.vmcore.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.arch.api.Architecture;

/** Each architecture has gone through all points of the recipe in {@link Architecture}. */
class RecipeTest {
  private static final Path MAIN = Path.of("src", "main", "java");
  private static final Path TESTS = Path.of("src", "test", "java");

  static List<Architecture> architectures() {
    return Architectures.all();
  }

  private static final Pattern IMPLEMENTATION =
      Pattern.compile("public final class \\w+ (implements Architecture|extends Riscv) \\{");

  /** Where the sources of an architecture are, below one of the two above. */
  private static Path directory(Path root, Architecture architecture) {
    return root.resolve(architecture.getClass().getPackageName().replace('.', '/'));
  }

  private static List<Path> sources(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  /** With those of the class that two architectures share. */
  private static String text(Path root, Architecture architecture) throws IOException {
    StringBuilder text = new StringBuilder();
    Class<?> shared = architecture.getClass().getSuperclass();
    if (root.equals(MAIN) && shared != Object.class) {
      text.append(Files.readString(root.resolve(shared.getName().replace('.', '/') + ".java")));
    }
    for (Path file : sources(directory(root, architecture))) {
      text.append(Files.readString(file));
    }
    return text.toString();
  }

  @Test
  void everyImplementationIsInTheRegistry() throws IOException {
    try (Stream<Path> all = Files.walk(MAIN)) {
      List<String> implementations =
          all.filter(file -> file.toString().endsWith(".java"))
              .filter(RecipeTest::isImplementation)
              .map(file -> file.getFileName().toString().replace(".java", ""))
              .toList();
      assertThat(architectures())
          .extracting(architecture -> architecture.getClass().getSimpleName())
          .containsExactlyInAnyOrderElementsOf(implementations);
    }
  }

  private static boolean isImplementation(Path file) {
    try {
      return IMPLEMENTATION.matcher(Files.readString(file)).find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void hasOnePublicClass(Architecture architecture) throws IOException {
    int found = 0;
    for (Path file : sources(directory(MAIN, architecture))) {
      found += Files.readString(file).contains("\npublic final class ") ? 1 : 0;
    }
    assertThat(found).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void writesItsOwnPoints(Architecture architecture) throws IOException {
    String source = text(MAIN, architecture);
    for (String point :
        List.of("recognises", "registers", "cpus", "kernelSpace", "elf", "registerRows")) {
      assertThat(source).as(point).contains(" " + point + "(");
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void hasItsTests(Architecture architecture) throws IOException {
    String source = text(TESTS, architecture);
    assertThat(source).contains("extends ArchitectureContract", "PageTableText");
    assertThat(sources(directory(TESTS, architecture)))
        .as("made-up machines without a fact")
        .anyMatch(file -> file.toString().endsWith("KernelSpaceTest.java"));
    if (!row(architecture).contains("on constructed dumps only")) {
      assertThat(sources(directory(TESTS, architecture)))
          .as("the dumps of the corpus, or its row in the README owns up to there being none")
          .anyMatch(file -> file.toString().endsWith("CorpusTest.java"));
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void hasItsRowInTheReadme(Architecture architecture) throws IOException {
    assertThat(row(architecture)).isNotEmpty();
  }

  private static String row(Architecture architecture) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("..", "README.md"))) {
      String start = "| " + architecture.name() + " |";
      return lines.filter(line -> line.startsWith(start)).findFirst().orElse("");
    }
  }
}
