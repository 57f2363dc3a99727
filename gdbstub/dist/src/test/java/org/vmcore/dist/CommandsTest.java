package org.vmcore.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What is written about commands, by hand and by us, against picocli's model of them. */
class CommandsTest {
  /** Options of other programs in the README: build tools, debuggers and editors. */
  private static final Pattern OPTION = Pattern.compile("(?<![\\w`-]{2})--[a-z][a-z-]+");

  private static String readme() throws IOException {
    return Files.readString(Path.of("../../README.md"));
  }

  @Test
  void theReadmeNamesEveryCommand() throws IOException {
    TreeSet<String> commands = new TreeSet<>(Commands.all().keySet());
    commands.removeAll(CommandPages.PICOCLIS);
    String readme = readme();
    assertThat(commands)
        .allSatisfy(name -> assertThat(readme).containsPattern("`(monitor )?" + name + "\\b"));
  }

  @Test
  void optionsThatTheReadmeGivesOurCommandsExist() throws IOException {
    Set<String> options =
        Commands.all().values().stream()
            .flatMap(command -> Commands.options(command).stream())
            .flatMap(option -> Set.of(option.names()).stream())
            .collect(Collectors.toSet());
    options.addAll(Set.of("--version", "--help"));
    Set<String> told =
        readme()
            .lines()
            .filter(line -> line.matches("(\\| `|vmcore-gdbserver |gdbstub/bin/vmcore).*"))
            .flatMap(line -> OPTION.matcher(line).results().map(MatchResult::group))
            .filter(option -> !option.equals("--split"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(told).isNotEmpty();
    assertThat(options).containsAll(told);
  }

  /** `build/docs` writes both anew. */
  @Test
  void whatIsMadeOfTheModelIsTrue() throws IOException {
    assertThat(Path.of("../..").resolve(CommandPages.PAGE))
        .as("run build/docs")
        .hasContent(CommandPages.page());
    assertThat(CommandPages.withTable(readme()))
        .isEqualTo(readme())
        .contains("docs/commands.md#bt");
  }

  @Test
  void everyCommandHasAPageWithAllItsOptions() {
    assertThat(Commands.withNested()).containsKeys("bt", "triage", "triage-report");
    Commands.withNested()
        .forEach(
            (name, command) -> {
              String page = ManualPage.of(name, command, "test");
              assertThat(page)
                  .as(name)
                  .contains(".SH NAME\nvmcore\\-gdbserver\\-" + name.replace("-", "\\-") + " \\- ")
                  .contains(".SH SYNOPSIS", ".SH DESCRIPTION", ".SH SEE ALSO");
              for (OptionSpec option : Commands.options(command)) {
                assertThat(page).as(name).contains(option.longestName().replace("-", "\\-"));
              }
            });
    assertThat(ManualPage.ofProgram("test")).contains(".SH COMMANDS", ".SH ENVIRONMENT");
  }

  /** A line that began so would be a request of troff's. */
  @Test
  void noTextIsTakenForARequest() {
    for (CommandLine command : Commands.all().values()) {
      assertThat(ManualPage.of("x", command, "test").lines())
          .filteredOn(line -> line.startsWith(".") || line.startsWith("'"))
          .allMatch(line -> line.matches("[.](TH|SH|TP|B|BR|PP|br|nf|fi|nh|ad)( .*)?"));
    }
  }

  @Test
  void allShellsCompleteAllCommands() {
    for (String script : new String[] {Completion.bash(), Completion.zsh(), Completion.fish()}) {
      assertThat(Commands.all().keySet()).allSatisfy(name -> assertThat(script).contains(name));
      assertThat(script).contains("listen", "any-build-id");
    }
    assertThat(Completion.bash()).doesNotStartWith("#!");
  }
}
