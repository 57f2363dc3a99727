package org.vmcore.gdbstub.inspect.analyze;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;

/**
 * Issues that somebody knew before: the files {@code *.yaml} of a directory, with one rule in each
 * document of theirs. docs/known-issues has examples.
 */
final class KnownIssues {
  private static final long MAX_FILE = 1 << 20;
  private static final int MAX_FILES = 10_000;

  private final List<IssueRule> rules;

  private KnownIssues(List<IssueRule> rules) {
    this.rules = rules;
  }

  /**
   * Reads a directory.
   *
   * @throws NoAnswerException when it or a file of it cannot be read, or holds what is no rule
   */
  static KnownIssues in(Path directory) throws NoAnswerException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.{yaml,yml}")) {
      for (Path file : found) {
        files.add(file);
        if (files.size() > MAX_FILES) {
          throw NoAnswerException.usage(directory + " has more than " + MAX_FILES + " rule files");
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      throw NoAnswerException.usage("--rules takes a directory that can be read: " + directory);
    }
    Collections.sort(files);
    List<IssueRule> rules = new ArrayList<>();
    for (Path file : files) {
      read(file, rules);
    }
    return new KnownIssues(List.copyOf(rules));
  }

  private static void read(Path file, List<IssueRule> rules) throws NoAnswerException {
    String name = String.valueOf(file.getFileName());
    try {
      if (Files.size(file) > MAX_FILE) {
        throw NoAnswerException.usage(file + " is larger than any rule file");
      }
      // Without aliases, by which a small file becomes a large document.
      LoadSettings settings =
          LoadSettings.builder().setLabel(name).setMaxAliasesForCollections(0).build();
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      for (Object document : new Load(settings).loadAllFromString(text)) {
        if (document != null) {
          rules.add(IssueRule.of(name, document));
        }
      }
    } catch (IOException e) {
      throw NoAnswerException.usage("cannot read " + file);
    } catch (YamlEngineException e) {
      String reason = Optional.ofNullable(e.getMessage()).orElse("").replace('\n', ' ');
      throw NoAnswerException.usage(name + " is not YAML: " + reason);
    }
  }

  List<Analysis.KnownIssue> matching(Analysis analysis) {
    return rules.stream().filter(rule -> rule.fits(analysis)).map(IssueRule::issue).toList();
  }
}
