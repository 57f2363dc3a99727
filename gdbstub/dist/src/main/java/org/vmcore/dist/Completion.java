package org.vmcore.dist;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What shells complete of the program's command line. */
final class Completion {
  private Completion() {}

  /** Sourced by bash-completion, not run: without the line that says what runs it. */
  static String bash() {
    return AutoComplete.bash(Commands.PROGRAM, Commands.program()).replaceFirst("^#!.*\n", "");
  }

  /** A function of zsh's completion system, zshcompsys(1). */
  static String zsh() {
    StringBuilder out = new StringBuilder();
    line(out, "#compdef %s", Commands.PROGRAM);
    line(out, "local -a commands");
    line(out, "commands=(");
    Commands.all()
        .forEach((name, command) -> line(out, "  '%s'", describe(name, Commands.summary(command))));
    line(out, ")");
    line(out, "if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then");
    line(out, "  _describe -t commands command commands");
    line(out, "  _files");
    line(out, "  return");
    line(out, "fi");
    line(out, "local command=$words[2]");
    line(out, "shift words");
    line(out, "((CURRENT--))");
    line(out, "case $command in");
    Commands.all().forEach((name, command) -> zshArguments(out, name, command));
    line(out, "  *) words=(serve $words); ((CURRENT++)); _arguments -S '*:file:_files' ;;");
    line(out, "esac");
    return out.toString();
  }

  private static void zshArguments(StringBuilder out, String name, CommandLine command) {
    line(out, "  %s)", name);
    line(out, "    _arguments -S \\");
    for (OptionSpec option : Commands.options(command)) {
      for (String spelling : option.names()) {
        String value =
            Commands.takesValue(option) ? ":%s:%s".formatted(label(option), zshValue(option)) : "";
        String equals = Commands.takesValue(option) && spelling.startsWith("--") ? "=" : "";
        line(out, "      '*%s%s[%s]%s' \\", spelling, equals, zshText(meaning(option)), value);
      }
    }
    line(out, "      '*:%s:_files'", name.equals("help") ? "command" : "argument");
    line(out, "    ;;");
  }

  private static String zshValue(ArgSpec argument) {
    List<String> choices = Commands.choices(argument);
    if (!choices.isEmpty()) {
      return "(" + String.join(" ", choices) + ")";
    }
    return isFile(argument) ? "_files" : " ";
  }

  private static String describe(String name, String summary) {
    return name + ":" + zshText(summary);
  }

  /** Within apostrophes, where brackets and colons mean something to {@code _arguments}. */
  private static String zshText(String text) {
    return text.replace("'", "'\\''").replaceAll("([\\[\\]:])", "\\\\$1");
  }

  /** Commands of fish's {@code complete}. */
  static String fish() {
    StringBuilder out = new StringBuilder();
    String complete = "complete -c " + Commands.PROGRAM;
    for (OptionSpec option : Commands.options(Commands.program())) {
      line(out, "%s -n __fish_use_subcommand%s", complete, fishOption(option));
    }
    Commands.all()
        .forEach(
            (name, command) -> {
              line(
                  out,
                  "%s -n __fish_use_subcommand -a %s -d '%s'",
                  complete,
                  name,
                  fishText(Commands.summary(command)));
              String condition = "'__fish_seen_subcommand_from " + name + "'";
              for (OptionSpec option : Commands.options(command)) {
                line(out, "%s -n %s%s", complete, condition, fishOption(option));
              }
            });
    return out.toString();
  }

  private static String fishOption(OptionSpec option) {
    String names =
        Arrays.stream(option.names())
            .map(name -> name.startsWith("--") ? " -l " + name.substring(2) : fishShort(name))
            .collect(Collectors.joining());
    String value = "";
    if (Commands.takesValue(option)) {
      List<String> choices = Commands.choices(option);
      String words = choices.isEmpty() ? "" : " -f -a '" + String.join(" ", choices) + "'";
      value = " -r" + (choices.isEmpty() && !isFile(option) ? " -f" : words);
    }
    return "%s%s -d '%s'".formatted(names, value, fishText(meaning(option)));
  }

  private static String fishShort(String name) {
    return (name.length() == 2 ? " -s " : " -o ") + name.substring(1);
  }

  private static String fishText(String text) {
    return text.replace("\\", "\\\\").replace("'", "\\'");
  }

  /** The first sentence alone: a line of a menu. */
  private static String meaning(OptionSpec option) {
    String first = Commands.meaning(option).stream().findFirst().orElse("");
    return first.replaceFirst("(?<=[a-z)])[.:;](\\s.*)?$", "");
  }

  private static String label(ArgSpec argument) {
    return argument.paramLabel().replaceAll("[:\\[\\]']", "");
  }

  private static boolean isFile(ArgSpec argument) {
    Class<?>[] types = argument.auxiliaryTypes();
    Class<?> type = types.length == 0 ? argument.type() : types[0];
    return type == Path.class || type == File.class;
  }

  @FormatMethod
  private static void line(StringBuilder out, @FormatString String format, Object... arguments) {
    out.append(format.formatted(arguments)).append('\n');
  }
}
