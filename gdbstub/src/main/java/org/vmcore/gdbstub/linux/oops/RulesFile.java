package org.vmcore.gdbstub.linux.oops;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Reads the table of rules; what its lines mean stands at its beginning. */
final class RulesFile {
  /** A function as reports name it, without its offset. */
  private static final String FUNCTION = "(?<f>%s[\\p{Alpha}_.$<][\\w.$<>:]{0,200})";

  private static final String OFFSET = "\\+0x[\\p{XDigit}]{1,8}";

  /** Linux kernel/panic.c, __warn(), in the forms that it has had. */
  private static final String WARNING =
      "WARNING: (?:\\[.{1,200}\\] )?(?:CPU: \\d+ PID: -?\\d+ at )?\\S{0,200}%s:\\d+ (?:at )?"
          + "(?:0x0\\b|%s"
          + OFFSET
          + ")";

  private final List<OopsRule> rules = new ArrayList<>();
  private final List<Pattern> ignored = new ArrayList<>();
  private String needle = "";
  private String pattern = "";
  private String title = "";

  private RulesFile() {}

  /** Reads a resource beside this class, which is of the program's own making. */
  static OopsRules read(String name) {
    try (InputStream in = RulesFile.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its " + name);
      }
      RulesFile file = new RulesFile();
      new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(file::line);
      return new OopsRules(file.rules, file.ignored);
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  private void line(String line) {
    if (line.isBlank() || line.startsWith("#")) {
      return;
    }
    int blank = line.indexOf(' ');
    String value = line.substring(blank + 1);
    switch (line.substring(0, blank)) {
      case "when" -> needle = value.substring(1, value.length() - 1);
      case "line" ->
          pattern =
              value
                  .replace("~", Pattern.quote(needle))
                  .replace("@F", FUNCTION.formatted(""))
                  .replace("@AT", OFFSET);
      case "warning" -> pattern = warning(value);
      case "title" -> title = value;
      case "kind" -> rules.add(rule(List.of(value.split(" "))));
      case "ignore" -> ignored.add(Pattern.compile(value));
      default -> throw new IllegalStateException("what is this rule? " + line);
    }
  }

  /** A source file, and how its functions begin that are meant. */
  private static String warning(String value) {
    int blank = value.indexOf(' ');
    String file = blank < 0 ? value : value.substring(0, blank);
    String begins = blank < 0 ? "" : "(?=" + value.substring(blank + 1) + ")";
    return WARNING.formatted(file, FUNCTION.formatted(begins));
  }

  private OopsRule rule(List<String> words) {
    boolean follows = words.get(words.size() - 1).equals("follows");
    List<String> kind = follows ? words.subList(0, words.size() - 1) : words;
    return new OopsRule(
        needle,
        Pattern.compile(pattern),
        title,
        kind.size() > 2 ? kind.get(2) : "",
        FailureClass.valueOf(kind.get(0)),
        OopsRule.Culprit.valueOf(kind.get(1)),
        follows);
  }
}
