package org.vmcore.gdbstub.inspect.query;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The words that a question is asked in, as its picocli annotations declare them. */
public final class Form {
  private static final int WIDTH = 80;
  private static final String JSON = "--json";
  private static final String HELP = "--help";

  private final Query<?> query;
  private final CommandSpec spec;

  public Form(Query<?> query) {
    this.query = query;
    this.spec = CommandSpec.forAnnotatedObject(query);
    spec.parser().expandAtFiles(false);
    if (query.takesDashes()) {
      spec.parser().unmatchedOptionsArePositionalParams(true);
    }
    for (String name : query.takesForNothing()) {
      spec.addOption(OptionSpec.builder(name).type(boolean.class).hidden(true).build());
    }
    if (!query.isOfSession()) {
      spec.addOption(flag(JSON, "Print JSON for scripts."));
    }
    spec.usageMessage().sortOptions(false).footer(paragraphs(spec.usageMessage().footer()));
  }

  private static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  /** The options and parameters alone, for another program's command line. */
  public CommandSpec spec() {
    return spec;
  }

  /** One line without a full stop. */
  public String summary() {
    return String.join(" ", spec.usageMessage().description()).replaceFirst("\\.$", "");
  }

  /** The name and what it takes, in one line: {@code log [-T] [--level LEVEL,...]}. */
  public String synopsis() {
    return synopsis("");
  }

  /**
   * The same.
   *
   * @param first a parameter that comes before the question's own; empty without
   */
  public String synopsis(String first) {
    List<String> parts = new ArrayList<>(List.of(Answering.name(query)));
    if (!first.isEmpty()) {
      parts.add(first);
    }
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      if (parameter.hidden()) {
        continue;
      }
      parts.add(parameter.arity().min() == 0 ? optional(parameter.paramLabel()) : label(parameter));
    }
    for (OptionSpec option : spec.options()) {
      if (!option.hidden() && !option.longestName().equals(JSON)) {
        parts.add(optional(String.join("|", option.names()) + value(option)));
      }
    }
    return String.join(" ", parts);
  }

  /** What an option takes behind its name; what it may go without is attached to it. */
  private static String value(OptionSpec option) {
    if (option.arity().max() == 0) {
      return "";
    }
    return option.arity().min() == 0 ? "[=" + option.paramLabel() + "]" : " " + option.paramLabel();
  }

  private static String label(PositionalParamSpec parameter) {
    return parameter.paramLabel();
  }

  /** A label that tells by itself what may be left out is not put into brackets once more. */
  private static String optional(String label) {
    return label.startsWith("[") ? label : "[" + label + "]";
  }

  /** Paragraphs of one line each, to be wrapped as the screen is wide; examples are indented. */
  private static String[] paragraphs(String[] help) {
    List<String> lines = new ArrayList<>();
    boolean joins = false;
    for (String line : String.join("\n", help).lines().toList()) {
      boolean example = line.startsWith(" ");
      if (joins && !example) {
        lines.add(lines.remove(lines.size() - 1) + " " + line);
      } else {
        lines.add(line);
      }
      joins = !example;
    }
    if (!lines.isEmpty()) {
      lines.add(0, "");
    }
    return lines.toArray(String[]::new);
  }

  /** The word that it is called by. */
  public String name() {
    return Answering.name(query);
  }

  /** How it is used in a debugger, in lines. */
  public String usage() {
    return usage("monitor ");
  }

  /**
   * The same elsewhere.
   *
   * @param before what comes before its name
   */
  public String usage(String before) {
    spec.usageMessage()
        .synopsisHeading("usage: ")
        .customSynopsis(before + synopsis().replace("%", "%%"))
        .width(WIDTH);
    return new CommandLine(spec).getUsageMessage(Help.Ansi.OFF);
  }

  /** What was asked for beside the question itself. */
  public record Wish(boolean json, boolean help) {}

  /**
   * Has the question take words.
   *
   * @throws NoAnswerException when they are not of its form
   */
  public Wish take(List<String> words) throws NoAnswerException {
    if (words.contains(HELP)) {
      return new Wish(false, true);
    }
    try {
      CommandLine.ParseResult parsed =
          new CommandLine(spec).parseArgs(words.toArray(String[]::new));
      return new Wish(parsed.hasMatchedOption(JSON), false);
    } catch (ParameterException e) {
      throw NoAnswerException.usage(problem(e));
    }
  }

  /** What is wrong with a command line, in our words. */
  public static String problem(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      String word = unmatched.getUnmatched().get(0);
      if (!word.startsWith("-") || word.length() == 1) {
        return "what is '" + word + "'? It takes no more";
      }
      List<String> near = unmatched.getSuggestions().stream().filter(s -> isNear(s, word)).toList();
      return "unknown option " + word + (near.isEmpty() ? "" : "; did you mean " + or(near) + "?");
    } else if (e instanceof CommandLine.MissingParameterException missing) {
      return "lacks "
          + missing.getMissing().stream().map(ArgSpec::paramLabel).collect(Collectors.joining(" "));
    } else if (e.getCause() instanceof TypeConversionException wrong) {
      return String.valueOf(wrong.getMessage());
    }
    return String.valueOf(e.getMessage());
  }

  /** Another name that somebody may have meant, among others that were near to something. */
  private static boolean isNear(String name, String word) {
    return Nearest.isNear(name.replaceFirst("^-+", ""), word.replaceFirst("^-+|=.*", ""));
  }

  private static String or(List<String> names) {
    return String.join(" or ", names);
  }
}
