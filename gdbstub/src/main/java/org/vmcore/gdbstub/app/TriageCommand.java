package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triage SOURCE... --db FILE}. */
@Command(
    name = "triage",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    subcommands = TriageReportCommand.class,
    description = {
      "Sort many dumps by what went wrong: puts a record of each into a database, from which"
          + " 'triage report' makes pages.",
      "",
      "What is in the database and has not changed is not done again, so the same command goes on"
          + " where it was stopped. A dump that cannot be read costs one record, which says why."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver triage /var/crash --db crashes.db",
      "  vmcore-gdbserver triage s3://bucket/crashes/ --match 'vmcore*' --db crashes.db",
      "  vmcore-gdbserver triage --list uris.txt --db crashes.db --jobs 8",
      "  vmcore-gdbserver triage report --db crashes.db -o site",
      "  sqlite3 crashes.db 'select title, count(*) from dumps group by 1 order by 2 desc'",
      "",
      "Exit code 1 when something could not be read; its record says why. docs/triage.md has the"
          + " tables."
    })
final class TriageCommand implements Callable<Integer> {
  private static final long DEFAULT_CACHE = 32L << 20;

  @Parameters(
      arity = "0..*",
      paramLabel = "SOURCE",
      description =
          "Dumps, text of kernel logs, directories with them, which are searched through, and"
              + " URIs; those of s3 and sftp that end in '/' stand for all that is below.")
  private List<Path> sources = List.of();

  @Option(
      names = "--list",
      paramLabel = "FILE",
      description =
          "A file with a source in each line: a URI, or a path below its own directory or a"
              + " directory named as SOURCE. May be repeated.")
  private List<Path> lists = List.of();

  @Option(
      names = "--db",
      paramLabel = "FILE",
      description = "The database (SQLite), made where it is missing.")
  private @Nullable Path database;

  @Option(
      names = "--match",
      paramLabel = "GLOB",
      description = "Of the files in directories those whose name is so, such as 'vmcore*'.")
  private @Nullable String match;

  @Option(
      names = {"-j", "--jobs"},
      paramLabel = "N",
      description = "Dumps at a time (default: one for each processor).")
  private int jobs = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--time-limit",
      paramLabel = "SECONDS",
      description = "How long one may take (default: ${DEFAULT-VALUE}).")
  private int seconds = 300;

  @Option(names = "--again", description = "Do also what the database has already.")
  private boolean again;

  @Mixin private DumpOptions options = new DumpOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (sources.isEmpty() && lists.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "name dumps, directories or a --list");
    }
    Path file = database;
    if (file == null) {
      // Not 'required' above: 'report' has one of its own.
      throw new ParameterException(spec.commandLine(), "name the database: --db FILE");
    }
    if (jobs < 1 || seconds < 1) {
      throw new ParameterException(spec.commandLine(), "--jobs and --time-limit must be 1 or more");
    }
    Triage triage = new Extension("triage").load(Triage.class);
    int failed =
        triage.collect(
            new Triage.Collection(
                sources,
                lists,
                file,
                Optional.ofNullable(match),
                jobs,
                Duration.ofSeconds(seconds),
                again,
                options.optionsOfMany(Progress.SILENT, DEFAULT_CACHE)),
            System.err);
    return failed == 0 ? 0 : 1;
  }
}
