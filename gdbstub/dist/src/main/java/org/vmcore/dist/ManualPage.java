package org.vmcore.dist;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A command's page of the manual, section 1, in the macros of man(7). */
final class ManualPage {
  /** What the environment changes; the launcher's variables, and those of the program. */
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "VMCORE_GDBSERVER_JAVA",
          "The java program to run, instead of the newest one that is installed.",
          "VMCORE_GDBSERVER_JAVA_OPTS",
          "Further options for it, split at blanks.",
          "VMCORE_GDBSERVER_NO_CACHE",
          "With the value 1, keep nothing of a kernel's symbols for its next dump.",
          "XDG_CACHE_HOME",
          "Where that is kept, in vmcore-gdbserver; default ~/.cache.",
          "DEBUGINFOD_URLS",
          "Servers that are asked for a vmlinux and modules by build id.");

  private final String name;
  private final String version;
  private final CommandLine command;
  private final StringBuilder page = new StringBuilder();

  private ManualPage(String name, String version, CommandLine command) {
    this.name = name;
    this.version = version;
    this.command = command;
  }

  /** The page's name, without the section: {@code vmcore-gdbserver-bt}. */
  static String name(String command) {
    return Commands.PROGRAM + "-" + command;
  }

  /** The page of the program itself. */
  static String ofProgram(String version) {
    ManualPage page = new ManualPage(Commands.PROGRAM, version, Commands.program());
    page.head();
    page.commands();
    page.footer();
    page.environment();
    page.seeAlso(Commands.all().keySet().stream().map(ManualPage::name).toList());
    return page.page.toString();
  }

  /** The page of one of its commands. */
  static String of(String command, CommandLine line, String version) {
    ManualPage page = new ManualPage(name(command), version, line);
    page.head();
    page.footer();
    page.seeAlso(List.of(Commands.PROGRAM));
    return page.page.toString();
  }

  private void head() {
    request(".TH \"%s\" 1 \"\" \"%s\" \"User Commands\"", name.toUpperCase(Locale.ROOT), version);
    // No hyphens where a word of a command would be cut, no stretched blanks.
    request(".nh");
    request(".ad l");
    section("NAME");
    String summary = Commands.summary(command);
    request("%s \\- %s", escape(name), escape(lowerCaseFirst(summary)));
    section("SYNOPSIS");
    request(".B %s", escape(Commands.synopsis(command)));
    section("DESCRIPTION");
    paragraphs(Commands.description(command));
    List<PositionalParamSpec> parameters = Commands.parameters(command);
    if (!parameters.isEmpty()) {
      section("ARGUMENTS");
      parameters.forEach(parameter -> argument(parameter.paramLabel(), parameter));
    }
    List<OptionSpec> options = Commands.options(command);
    if (!options.isEmpty()) {
      section("OPTIONS");
      options.forEach(option -> argument(Commands.form(option), option));
    }
  }

  private static String lowerCaseFirst(String summary) {
    // "CPU" and the like stay as they are.
    boolean word = summary.length() > 1 && Character.isLowerCase(summary.charAt(1));
    return word ? summary.substring(0, 1).toLowerCase(Locale.ROOT) + summary.substring(1) : summary;
  }

  private void argument(String form, ArgSpec argument) {
    request(".TP");
    request(".B %s", escape(form));
    boolean first = true;
    for (String line : Commands.meaning(argument)) {
      if (!first) {
        request(".br");
      }
      text(line);
      first = false;
    }
  }

  private void commands() {
    section("COMMANDS");
    Commands.all()
        .forEach(
            (command, line) -> {
              request(".TP");
              request(".BR %s (1)", escape(name(command)));
              text(Commands.summary(line) + ".");
            });
  }

  private void footer() {
    List<String> footer = new ArrayList<>(Commands.footer(command));
    while (!footer.isEmpty() && footer.get(0).isBlank()) {
      footer.remove(0);
    }
    if (footer.isEmpty()) {
      return;
    }
    boolean examples = footer.get(0).matches("Examples?.*:");
    section(examples ? "EXAMPLES" : "NOTES");
    paragraphs(
        examples && footer.get(0).matches("Examples?:")
            ? footer.subList(1, footer.size())
            : footer);
  }

  private void environment() {
    section("ENVIRONMENT");
    new TreeMap<>(ENVIRONMENT)
        .forEach(
            (variable, meaning) -> {
              request(".TP");
              request(".B %s", variable);
              text(meaning);
            });
  }

  private void seeAlso(List<String> pages) {
    section("SEE ALSO");
    List<String> all = new ArrayList<>(pages);
    all.addAll(List.of("gdb", "lldb"));
    for (String other : all) {
      String comma = other.equals(all.get(all.size() - 1)) ? "" : ",";
      request(".BR %s (1)%s", escape(other), comma);
    }
  }

  /** Text as paragraphs; lines that are indented stay lines. */
  private void paragraphs(List<String> lines) {
    boolean literal = false;
    for (String line : lines) {
      boolean indented = line.startsWith(" ");
      if (indented != literal && !line.isBlank()) {
        request(indented ? ".PP\n.nf" : ".fi\n.PP");
        literal = indented;
      }
      if (line.isBlank()) {
        request(literal ? "" : ".PP");
      } else {
        text(line);
      }
    }
    if (literal) {
      request(".fi");
    }
  }

  private void section(String title) {
    request(".SH %s", title);
  }

  private void text(String line) {
    page.append(escape(line)).append('\n');
  }

  @FormatMethod
  private void request(@FormatString String format, Object... arguments) {
    page.append(format.formatted(arguments)).append('\n');
  }

  /**
   * What troff would take for its own: backslashes, hyphens that are minus signs, dots in front.
   */
  private static String escape(String text) {
    String escaped =
        text.replace("\\", "\\e")
            .replace("-", "\\-")
            .replace("'", "\\(aq")
            .replace("`", "\\(ga")
            .replace("^", "\\(ha")
            .replace("~", "\\(ti");
    return escaped.startsWith(".") ? "\\&" + escaped : escaped;
  }
}
