package org.vmcore.dist;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.query.Form;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * What the documentation says of all commands: {@code docs/commands.md}, and a table in the README.
 * Run as {@code CommandPages DIRECTORY} it writes both into a checkout.
 */
final class CommandPages {
  /** Where commands, and what each is for, are told. */
  static final Path PAGE = Path.of("docs", "commands.md");

  static final Path README = Path.of("README.md");

  /** Commands of every program that picocli makes. */
  static final Set<String> PICOCLIS = Set.of("help", "generate-completion");

  private static final Pattern TABLE =
      Pattern.compile("(<!-- commands:begin -->\\n).*?(<!-- commands:end -->)", Pattern.DOTALL);

  private CommandPages() {}

  public static void main(String[] arguments) throws IOException {
    Path root = Path.of(arguments[0]);
    Files.writeString(root.resolve(PAGE), page());
    Path readme = root.resolve(README);
    Files.writeString(readme, withTable(Files.readString(readme, UTF_8)));
  }

  /** The README with the table that is true now. */
  static String withTable(String readme) {
    return TABLE.matcher(readme).replaceFirst("$1" + Matcher.quoteReplacement(table()) + "$2");
  }

  private static String table() {
    StringBuilder out = new StringBuilder("| | |\n|---|---|\n");
    groups()
        .forEach(
            (title, names) ->
                out.append("| %s | %s |\n".formatted(title, links("docs/commands.md", names))));
    return out.toString();
  }

  private static String links(String page, List<String> names) {
    return names.stream()
        .map(name -> "[`%1$s`](%2$s#%1$s)".formatted(name, page))
        .collect(Collectors.joining(" "));
  }

  /** All that {@code help COMMAND} says, by what one wants to know. */
  static String page() {
    Map<String, CommandLine> commands = Commands.all();
    StringBuilder out =
        new StringBuilder(
            """
            # Commands

            All commands of the program, as `vmcore-gdbserver help COMMAND` explains them; `man
            vmcore-gdbserver-COMMAND` is the same. Those that ask a dump are called as crash calls them and print
            as it does; in gdb each is `monitor COMMAND`. `vmcore-gdbserver help options` explains what all of
            them take that open a dump.

            """);
    groups().forEach((title, names) -> out.append("- %s: %s\n".formatted(title, links("", names))));
    out.append("\n## By the names of crash\n\n").append(CrashNames.table(commands));
    groups()
        .forEach(
            (title, names) -> {
              out.append("\n## %s\n".formatted(title));
              for (String name : names) {
                CommandLine command = Objects.requireNonNull(commands.get(name));
                out.append("\n### %s\n\n```\n%s\n```\n".formatted(name, usage(command)));
                command
                    .getSubcommands()
                    .values()
                    .forEach(below -> out.append("\n```\n%s\n```\n".formatted(usage(below))));
              }
            });
    return out.toString();
  }

  private static String usage(CommandLine command) {
    return command
        .getUsageMessage(Ansi.OFF)
        .lines()
        .map(String::stripTrailing)
        .collect(Collectors.joining("\n"))
        .strip();
  }

  /** Names of commands by what is asked, in the order of the program's help. */
  private static Map<String, List<String>> groups() {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    List<String> own = new ArrayList<>(Commands.all().keySet());
    own.removeAll(PICOCLIS);
    groups.put("Debug a dump, know it, make files of it", own);
    for (Queries.Group group : Queries.groups()) {
      List<String> names = group.ofDumps().stream().map(query -> new Form(query).name()).toList();
      own.removeAll(names);
      if (!names.isEmpty()) {
        groups.put(group.title(), names);
      }
    }
    return groups;
  }
}
