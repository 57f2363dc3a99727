package org.vmcore.gdbstub.linux.oops;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The table of how reports begin: the resource {@code rules.txt}, read when first needed. */
final class OopsRules {
  /** Longer lines tell nothing more of what a report is, and patterns are applied to each. */
  private static final int MAX_LINE = 1000;

  private static final OopsRules TABLE = RulesFile.read("rules.txt");

  private final List<OopsRule> rules;
  private final List<Pattern> ignored;

  OopsRules(List<OopsRule> rules, List<Pattern> ignored) {
    this.rules = List.copyOf(rules);
    this.ignored = List.copyOf(ignored);
  }

  /** A rule that a line begins a report by. */
  record Match(OopsRule rule, Matcher groups) {}

  /** What a line begins, if it begins a report. */
  static Optional<Match> of(String line) {
    return TABLE.match(line.length() > MAX_LINE ? line.substring(0, MAX_LINE) : line);
  }

  private Optional<Match> match(String line) {
    for (OopsRule rule : rules) {
      if (line.contains(rule.needle())) {
        Matcher matcher = rule.pattern().matcher(line);
        if (matcher.find()) {
          boolean isIgnored = ignored.stream().anyMatch(pattern -> pattern.matcher(line).find());
          return isIgnored ? Optional.empty() : Optional.of(new Match(rule, matcher));
        }
      }
    }
    return Optional.empty();
  }
}
