package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code triage report --db FILE}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Tell what is in a database of 'triage': which crashes are the same, how many, since when, on"
          + " which kernels, machines and hosts.",
      "",
      "The pages need no server and no network. They may hold secrets of the machines: only their"
          + " owner can read them."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver triage report --db crashes.db -o site && xdg-open site/index.html",
      "  vmcore-gdbserver triage report --db crashes.db --since 2026-11-20 || mail-somebody",
      "",
      "Exit code 3 when --since is given and something is new since then."
    })
final class TriageReportCommand implements Callable<Integer> {
  private static final int NEW = 3;

  @Option(
      names = "--db",
      required = true,
      paramLabel = "FILE",
      description = "The database, or the directory that a Spark job wrote (docs/triage.md).")
  private Path database = Path.of("");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIRECTORY",
      description = "Where to write the pages; without it a table is printed.")
  private @Nullable Path output;

  @Option(
      names = "--since",
      paramLabel = "DATE",
      description = "What was first seen then or later (2026-11-20, or with 'T12:00:00Z') is new.")
  private @Nullable String since;

  @Option(names = "--json", description = "Print JSON for scripts.")
  private boolean json;

  @Option(names = "--csv", description = "Print comma-separated values (RFC 4180).")
  private boolean csv;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (json && csv) {
      throw new ParameterException(spec.commandLine(), "--json or --csv, not both");
    }
    Triage.Form form = json ? Triage.Form.JSON : csv ? Triage.Form.CSV : Triage.Form.TEXT;
    Triage triage = new Extension("triage").load(Triage.class);
    int found =
        triage.summarize(
            new Triage.Summary(database, Optional.ofNullable(output), since(), form), System.out);
    return since != null && found > 0 ? NEW : 0;
  }

  private Optional<Instant> since() {
    String text = since;
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          text.contains("T")
              ? Instant.parse(text)
              : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
    } catch (DateTimeException e) {
      throw new ParameterException(
          spec.commandLine(), "--since takes 2026-11-20 or 2026-11-20T12:00:00Z: " + text);
    }
  }
}
