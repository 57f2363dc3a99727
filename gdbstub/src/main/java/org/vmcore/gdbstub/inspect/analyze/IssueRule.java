package org.vmcore.gdbstub.inspect.analyze;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;

/**
 * A rule about a known issue. It fits where all that it asks for does; of several words for one
 * thing one is enough, of frames all are needed.
 *
 * @param file that it is in
 * @param kinds classes, as JSON has them
 * @param titles parts of a title
 * @param frames functions of the stack
 * @param releases beginnings of a kernel's release
 * @param modules of which one is on the stack
 */
record IssueRule(
    String file,
    String name,
    String advice,
    Optional<String> link,
    List<String> kinds,
    List<String> titles,
    List<String> frames,
    List<String> releases,
    List<String> modules) {
  private static final Set<String> KEYS = Set.of("name", "match", "advice", "link");
  private static final Set<String> MATCH = Set.of("class", "title", "frames", "release", "modules");

  /**
   * Of one document of a file.
   *
   * @throws NoAnswerException when it is no rule
   */
  static IssueRule of(String file, Object document) throws NoAnswerException {
    Map<?, ?> rule = map(file, "a rule", document);
    known(file, rule, KEYS);
    Map<?, ?> match = map(file, "match", rule.get("match"));
    known(file, match, MATCH);
    if (match.isEmpty()) {
      throw wrong(file, "match asks for nothing, so that all would fit");
    }
    return new IssueRule(
        file,
        text(file, "name", rule.get("name")),
        text(file, "advice", rule.get("advice")),
        rule.get("link") == null
            ? Optional.empty()
            : Optional.of(text(file, "link", rule.get("link"))),
        list(file, "class", match),
        list(file, "title", match),
        list(file, "frames", match),
        list(file, "release", match),
        list(file, "modules", match));
  }

  boolean fits(Analysis analysis) {
    List<String> stack = analysis.signature().stack();
    return (kinds.isEmpty() || kinds.contains(analysis.failure().name().toLowerCase(Locale.ROOT)))
        && (titles.isEmpty() || titles.stream().anyMatch(analysis.title()::contains))
        && frames.stream()
            .allMatch(
                name ->
                    stack.contains(name) || stack.stream().anyMatch(f -> f.endsWith(":" + name)))
        && (releases.isEmpty()
            || releases.stream().anyMatch(r -> analysis.release().orElse("").startsWith(r)))
        && (modules.isEmpty() || modules.stream().anyMatch(analysis.modules()::contains));
  }

  Analysis.KnownIssue issue() {
    return new Analysis.KnownIssue(name, advice, link, file);
  }

  private static NoAnswerException wrong(String file, String what) {
    return NoAnswerException.usage(file + ": " + what);
  }

  private static Map<?, ?> map(
      String file, String what, @org.jspecify.annotations.Nullable Object value)
      throws NoAnswerException {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw wrong(file, what + " has to be a map with keys and values");
  }

  private static void known(String file, Map<?, ?> map, Set<String> keys) throws NoAnswerException {
    for (Object key : map.keySet()) {
      if (!keys.contains(String.valueOf(key))) {
        throw wrong(
            file,
            "what is '%s'? There are %s"
                .formatted(key, String.join(", ", keys.stream().sorted().toList())));
      }
    }
  }

  private static String text(
      String file, String key, @org.jspecify.annotations.Nullable Object value)
      throws NoAnswerException {
    if (value == null || value instanceof Map || value instanceof List) {
      throw wrong(file, "lacks the text of '" + key + "'");
    }
    return String.valueOf(value).strip();
  }

  /** One text or a list of them. */
  private static List<String> list(String file, String key, Map<?, ?> match)
      throws NoAnswerException {
    Object value = match.get(key);
    if (value == null) {
      return List.of();
    } else if (value instanceof List<?> all) {
      return all.stream().map(String::valueOf).toList();
    }
    return List.of(text(file, key, value));
  }
}
