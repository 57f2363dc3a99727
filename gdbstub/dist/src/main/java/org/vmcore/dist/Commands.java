package org.vmcore.dist;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.app.Main;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What picocli's model of the program says of its commands, as plain text. */
final class Commands {
  static final String PROGRAM = "vmcore-gdbserver";

  private Commands() {}

  /** The program itself. */
  static CommandLine program() {
    return Main.commandLine();
  }

  /** All commands that help shows, in its order, by name. */
  static Map<String, CommandLine> all() {
    Map<String, CommandLine> shown = new LinkedHashMap<>();
    program()
        .getSubcommands()
        .forEach(
            (name, command) -> {
              if (!command.getCommandSpec().usageMessage().hidden()) {
                shown.put(name, command);
              }
            });
    return shown;
  }

  /** The same with what is below a command, such as {@code triage-report}. */
  static Map<String, CommandLine> withNested() {
    Map<String, CommandLine> all = new LinkedHashMap<>();
    all()
        .forEach(
            (name, command) -> {
              all.put(name, command);
              command
                  .getSubcommands()
                  .forEach((below, nested) -> all.put(name + "-" + below, nested));
            });
    return all;
  }

  /** The first sentence of what a command is for, without its full stop. */
  static String summary(CommandLine command) {
    String first = description(command).stream().findFirst().orElse("");
    return first.replaceFirst("\\.(\\s.*)?$", "");
  }

  /** What a command is for, in lines of which one is a paragraph; those indented are examples. */
  static List<String> description(CommandLine command) {
    return lines(command.getHelp().header() + command.getHelp().description());
  }

  /** What comes after the options: remarks and examples, with their heading. */
  static List<String> footer(CommandLine command) {
    Help help = command.getHelp();
    return lines(help.footerHeading() + help.footer());
  }

  /** How a command is called, in one line. */
  static String synopsis(CommandLine command) {
    String text = String.join(" ", lines(command.getHelp().synopsis(0)));
    return text.replaceAll("\\s+", " ").strip();
  }

  /** In the order in which help shows them. */
  static List<OptionSpec> options(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .filter(option -> !option.hidden())
        .sorted(Comparator.comparingInt(OptionSpec::order))
        .toList();
  }

  static List<PositionalParamSpec> parameters(CommandLine command) {
    return command.getCommandSpec().positionalParameters().stream()
        .filter(p -> !p.hidden())
        .toList();
  }

  /** What an option or a parameter means, a paragraph a line. */
  static List<String> meaning(ArgSpec argument) {
    return Arrays.stream(argument.description())
        .flatMap(line -> lines(line.formatted()).stream())
        .toList();
  }

  /** Whether an option is followed by a value. */
  static boolean takesValue(OptionSpec option) {
    return option.arity().max() > 0;
  }

  /** Names with the value's: {@code -l, --listen=ADDRESS}. */
  static String form(OptionSpec option) {
    String value =
        !takesValue(option)
            ? ""
            : (option.longestName().startsWith("--") ? "=" : " ") + option.paramLabel();
    return Arrays.stream(option.names()).collect(Collectors.joining(", ")) + value;
  }

  /** What the value may be, where only certain words are allowed. */
  static List<String> choices(ArgSpec argument) {
    List<String> choices = new ArrayList<>();
    if (argument.completionCandidates() != null) {
      argument.completionCandidates().forEach(choices::add);
    }
    return choices;
  }

  private static List<String> lines(String text) {
    return Ansi.OFF.string(text).stripTrailing().lines().toList();
  }
}
