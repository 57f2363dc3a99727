package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;

/**
 * Every command of the program in the README and in docs, run as it stands there, with files of the
 * names that it has. What installs or needs a system of its own, {@link DebianPackageTest} and
 * {@link PortablePackagesTest} run.
 */
@Tag("slow")
class DocumentedCommandsTest {
  private static final CorpusDump DUMP = CorpusDump.ZLIB;
  private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(.*?)```");

  /** A command of ours, perhaps behind others in a line. */
  private static final Pattern OURS =
      Pattern.compile("^(gdbstub/bin/)?vmcore-gdbserver |\\$\\(vmcore-gdbserver ");

  /** One that serves until it is stopped. */
  private static final Pattern SERVES = Pattern.compile("^vmcore-gdbserver (serve )?vmcore\\b.*");

  @TempDir private Path directory;

  static Stream<String> commands() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path page : pages()) {
      BLOCK
          .matcher(Files.readString(page))
          .results()
          .flatMap(block -> block.group(1).lines())
          .filter(OURS.asPredicate())
          .forEach(lines::add);
    }
    return lines.stream().distinct();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Checkout.root().resolve("README.md")));
    try (Stream<Path> docs = Files.walk(Checkout.root().resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  @BeforeEach
  void files() throws IOException {
    Files.createDirectories(directory.resolve("gdbstub"));
    Path program = Checkout.root().resolve("gdbstub/bin");
    Files.createSymbolicLink(directory.resolve("gdbstub/bin"), program);
    for (String name : List.of("crash", "debian-vmcore")) {
      Files.createDirectories(directory.resolve(name));
      Files.createSymbolicLink(directory.resolve(name).resolve("vmcore"), DUMP.file());
    }
    // As a link it would have its vmlinux beside it.
    Files.copy(DUMP.file(), directory.resolve("vmcore"));
    Files.createSymbolicLink(directory.resolve("vmlinux"), DUMP.vmlinux());
    Files.writeString(directory.resolve("oops.txt"), DUMP.lastWords());
    Files.writeString(directory.resolve("uris.txt"), "vmcore\n");
  }

  /** JUnit would tell of each link that leads out of the directory. */
  @AfterEach
  void removeLinks() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path link : files.filter(Files::isSymbolicLink).toList()) {
        Files.delete(link);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void works(String line) throws IOException {
    assumeTrue(!line.contains("jq ") || Command.isInstalled("jq"), "jq is not installed");
    Command.assumeInstalled("gdb");
    try (DumpOverHttp server = new DumpOverHttp(DUMP.file())) {
      String here =
          line.replaceFirst("\\s+# .*", "")
              .replace("https://crashes.example.com", server.root())
              .replaceAll(
                  "/usr/lib/debug/boot/vmlinux\\S*", directory.resolve("vmlinux").toString())
              .replace("/var/crash", directory.resolve("crash").toString());
      if (SERVES.matcher(here).matches()) {
        serves(here.split(" +", -1));
      } else {
        runs(here);
      }
    }
  }

  private void serves(String... words) {
    List<Object> all = new ArrayList<>(List.of("serve", "--listen", "127.0.0.1:0"));
    for (String word : words) {
      if (!List.of("vmcore-gdbserver", "serve").contains(word)) {
        all.add(List.of("vmcore", "vmlinux").contains(word) ? directory.resolve(word) : word);
      }
    }
    try (Program program = Program.start(all.toArray())) {
      assertThat(program.port()).isPositive();
    }
  }

  private void runs(String line) throws IOException {
    if (line.contains("triage report")) {
      assertThat(run("vmcore-gdbserver triage crash --db crashes.db").exit()).isZero();
    }
    Command.Result result = run(line);
    assertThat(result.exit()).as("%s: %s", line, result).isZero();
    assertThat(result.all()).doesNotContain("Exception in");
  }

  private Command.Result run(String line) {
    String path = directory.resolve("gdbstub/bin") + ":" + System.getenv("PATH");
    return Command.of("bash", "-c", "set -o pipefail; " + line)
        .directory(directory)
        .environment(Program.ENVIRONMENT)
        .environment("PATH", path)
        .limit(Duration.ofMinutes(3))
        .run();
  }

  /** What VS Code waits for before it starts a debugger. */
  @Test
  void theEditorsTaskKnowsWhenTheServerIsThere() throws IOException {
    JsonNode task = Objects.requireNonNull(editorsJson().get("serve vmcore"));
    List<Object> words = new ArrayList<>(List.of("serve", "--listen", "127.0.0.1:0"));
    task.get("args").forEach(word -> words.add(word.asText()));
    assertThat(words).endsWith("serve", "--once", "vmcore");
    words.subList(words.size() - 3, words.size()).clear();
    words.addAll(List.of("--once", directory.resolve("vmcore")));
    JsonNode background = task.at("/problemMatcher/background");
    try (Program program = Program.start(words.toArray())) {
      assertThat(program.port()).isPositive();
      assertThat(program.output().lines())
          .anyMatch(Pattern.compile(background.get("beginsPattern").asText()).asPredicate())
          .anyMatch(Pattern.compile(background.get("endsPattern").asText()).asPredicate());
    }
  }

  /** What is to be written into files of editors, by its name or label. */
  private static Map<String, JsonNode> editorsJson() throws IOException {
    Map<String, JsonNode> found = new HashMap<>();
    String page = Files.readString(Checkout.root().resolve("docs/debuggers.md"));
    for (MatchResult block :
        Pattern.compile("(?s)```json\n(.*?)```").matcher(page).results().toList()) {
      JsonNode json = new ObjectMapper().readTree(block.group(1));
      JsonNode named = json.has("tasks") ? json.at("/tasks/0") : json;
      found.put(named.path("label").asText(named.path("name").asText()), named);
    }
    assertThat(found).containsKeys("serve vmcore", "vmcore");
    return found;
  }

  /** Links from one page to another, and to places in them. */
  @Test
  void linksLeadSomewhere() throws IOException {
    Pattern link = Pattern.compile("\\]\\(([^):]+)\\)");
    for (Path page : pages()) {
      link.matcher(Files.readString(page))
          .results()
          .map(match -> match.group(1))
          .forEach(
              target ->
                  assertThat(leadsSomewhere(page, target)).as("%s: %s", page, target).isTrue());
    }
  }

  private static boolean leadsSomewhere(Path page, String target) {
    String[] parts = target.split("#", 2);
    Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
    if (parts.length == 1) {
      return Files.exists(file);
    }
    try {
      return Files.readString(file)
          .lines()
          .filter(line -> line.startsWith("#"))
          .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
          .map(line -> line.replaceAll("[^\\w -]", "").replace(' ', '-'))
          .anyMatch(parts[1]::equals);
    } catch (IOException e) {
      return false;
    }
  }
}
