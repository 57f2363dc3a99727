package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Command;
import org.vmcore.testing.CorpusDump;
import org.vmcore.testing.NeedsCorpus;

/**
 * The command lines of {@code crash-commands.txt}, here and in crash: equal but for blanks where
 * the list says so, different for the reason that it gives elsewhere. The list is of one version of
 * crash, which {@code -Dvmcore.crash=PROGRAM} names, such as what {@code lab/debugger sid crash}
 * prints; without it only our own side runs, which may leave no line without an answer.
 */
@Tag("slow")
@NeedsCorpus
class CrashCommandsTest {
  private static final String MARK = "@@LINE %d@@";
  private static final Duration LIMIT = Duration.ofMinutes(5);

  /** Some lines end or stop crash: fewer are lost with it. */
  private static final int AT_ONCE = 16;

  /** Of the SYNOPSIS of crash's help: {@code -x}, {@code -[c|h]}, {@code [-rfludxs]}. */
  private static final Pattern OPTIONS = Pattern.compile("(?<![\\w\\]])-\\[?([\\w|]+)");

  /** Where its DESCRIPTION explains one, a line begins with it. */
  private static final Pattern EXPLAINED = Pattern.compile("(?m)^ {1,14}-(\\w{1,2})\\b");

  @TempDir private Path directory;

  /**
   * A line of the list.
   *
   * @param same whether crash prints the same
   */
  private record Line(boolean same, String command, String reason) {}

  private static List<Line> lines() throws IOException {
    List<Line> lines = new ArrayList<>();
    try (InputStream in = CrashCommandsTest.class.getResourceAsStream("crash-commands.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        if (!line.startsWith("#") && !line.isBlank()) {
          String[] parts = line.split(" +# ", 2);
          lines.add(
              new Line(
                  parts[0].startsWith("="),
                  parts[0].substring(2),
                  parts.length > 1 ? parts[1] : ""));
        }
      }
    }
    return lines;
  }

  private Map<Integer, List<String>> ours(List<Line> lines) throws IOException {
    Path script = directory.resolve("ours");
    Files.writeString(script, script(lines, 0, lines.size(), "echo "));
    Command.Result run =
        Program.run(
            LIMIT,
            "crash",
            CorpusDump.ZLIB.file(),
            "--vmlinux",
            CorpusDump.ZLIB.vmlinux(),
            "-i",
            script);
    assertThat(run.err()).as("our own errors").doesNotContain("Exception");
    return outputs(run.out(), 0, lines.size());
  }

  private Map<Integer, List<String>> theirs(String crash, List<Line> lines) throws IOException {
    Map<Integer, List<String>> all = new TreeMap<>();
    for (int from = 0; from < lines.size(); from += AT_ONCE) {
      int to = Math.min(from + AT_ONCE, lines.size());
      Path script = directory.resolve("theirs");
      Files.writeString(script, script(lines, from, to, "!echo ") + "quit\n");
      Command.Result run =
          Command.of(
                  crash,
                  "-s",
                  "-i",
                  script.toString(),
                  CorpusDump.ZLIB.vmlinux().toString(),
                  CorpusDump.ZLIB.file().toString())
              .limit(LIMIT)
              .run();
      all.putAll(outputs(run.all(), from, to));
    }
    return all;
  }

  private static String script(List<Line> lines, int from, int to, String echo) {
    StringBuilder script = new StringBuilder();
    for (int i = from; i < to; i++) {
      script.append(echo).append(MARK.formatted(i)).append('\n');
      script.append(lines.get(i).command()).append('\n');
    }
    return script.append(echo).append(MARK.formatted(to)).append('\n').toString();
  }

  private static Map<Integer, List<String>> outputs(String text, int from, int to) {
    Map<Integer, List<String>> outputs = new TreeMap<>();
    for (int i = from; i < to; i++) {
      int start = text.indexOf(MARK.formatted(i));
      int end = text.indexOf(MARK.formatted(i + 1));
      if (start >= 0 && end > start) {
        outputs.put(i, normal(text.substring(start + MARK.formatted(i).length(), end)));
      }
    }
    return outputs;
  }

  /** Without what depends on the screen and on how many values were printed before. */
  private static List<String> normal(String text) {
    List<String> lines = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String shown = line.replaceAll("\\$\\d+ =", "\\$ =").replaceAll("\\s+", " ").strip();
      if (!shown.isEmpty()) {
        lines.add(shown);
      }
    }
    return lines;
  }

  @Test
  void answersEveryLineOfTheList() throws Exception {
    List<Line> lines = lines();
    assertThat(lines).hasSizeGreaterThan(700);
    assertThat(lines)
        .allSatisfy(line -> assertThat(line.same()).isEqualTo(line.reason().isEmpty()));

    Map<Integer, List<String>> ours = ours(lines);

    assertThat(ours).hasSameSizeAs(lines);
    for (int i = 0; i < lines.size(); i++) {
      String said = String.join("\n", Objects.requireNonNull(ours.get(i)));
      if (lines.get(i).same()) {
        assertThat(said).as(lines.get(i).command()).doesNotContain("usage:", "command not found");
      }
    }
  }

  /** As crash says itself what its commands take; 16 and the like are one word. */
  private static Set<String> optionsInHelp(String crash, String command) {
    Set<String> options = new TreeSet<>();
    String help = Command.of(crash, "-h", command).run().out();
    int synopsis = help.indexOf("SYNOPSIS");
    int description = help.indexOf("DESCRIPTION");
    // An alias has the help of another; what repeat takes are seconds.
    boolean own = help.contains("\n  " + command + " - ") && !command.equals("repeat");
    if (!own || synopsis < 0 || description < synopsis) {
      return options;
    }
    int examples = help.indexOf("EXAMPLE", description);
    String explained = help.substring(description, examples < 0 ? help.length() : examples);
    Stream.concat(
            OPTIONS.matcher(help.substring(synopsis, description)).results(),
            EXPLAINED.matcher(explained).results())
        .map(found -> found.group(1).replace("|", ""))
        .forEach(letters -> add(letters, options));
    return options;
  }

  private static void add(String letters, Set<String> options) {
    if (letters.matches("\\d+")) {
      options.add(letters);
    } else {
      letters.chars().forEach(letter -> options.add(String.valueOf((char) letter)));
    }
  }

  @Test
  void everyOptionOfCrashsHelpIsInTheList() throws Exception {
    String crash = System.getProperty("vmcore.crash", "");
    assumeTrue(!crash.isEmpty(), "no -Dvmcore.crash=PROGRAM");
    Map<String, Set<String>> listed = new TreeMap<>();
    for (Line line : lines()) {
      String[] words = line.command().split("\\s+", -1);
      Set<String> options = listed.computeIfAbsent(words[0], name -> new TreeSet<>());
      for (String word : words) {
        if (word.matches("-\\w.*")) {
          add(word.substring(1).replaceFirst("\\W.*", ""), options);
        }
      }
    }
    Set<String> missing = new TreeSet<>();
    int count = 0;
    for (String command : listed.keySet()) {
      Set<String> options = optionsInHelp(crash, command);
      count += options.size();
      options.removeAll(listed.getOrDefault(command, Set.of()));
      options.forEach(option -> missing.add(command + " -" + option));
    }
    System.out.printf("%d options of crash's help are in the list%n", count - missing.size());
    assertThat(missing).isEmpty();
    assertThat(count).isGreaterThan(200);
  }

  @Test
  void printsWhatCrashPrints() throws Exception {
    String crash = System.getProperty("vmcore.crash", "");
    assumeTrue(!crash.isEmpty(), "no -Dvmcore.crash=PROGRAM");
    List<Line> lines = lines();
    Map<Integer, List<String>> ours = ours(lines);
    Map<Integer, List<String>> theirs = theirs(crash, lines);
    List<String> wrong = new ArrayList<>();
    int same = 0;
    for (int i = 0; i < lines.size(); i++) {
      boolean equal = Objects.equals(ours.get(i), theirs.get(i));
      same += equal ? 1 : 0;
      if (equal != lines.get(i).same()) {
        wrong.add((equal ? "now the same: " : "differs: ") + lines.get(i).command());
      }
    }
    System.out.printf("%d of %d lines are those of %s%n", same, lines.size(), crash);
    assertThat(wrong.stream().filter(line -> line.startsWith("differs"))).isEmpty();
    if (!wrong.isEmpty()) {
      abort("the list knows less than this: " + wrong);
    }
  }
}
