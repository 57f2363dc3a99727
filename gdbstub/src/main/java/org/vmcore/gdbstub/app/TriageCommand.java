package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.gdbstub.machine.MachineOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Mixin private TriageWork work = new TriageWork();

  @Option(
      names = "--db",
      paramLabel = "FILE",
      description = "The database (SQLite), made where it is missing.")
  private @Nullable Path database;

  @Option(
      names = {"-j", "--jobs"},
      paramLabel = "N",
      description = "Dumps at a time (default: one for each processor).")
  private int jobs = Runtime.getRuntime().availableProcessors();

  @Mixin private DumpOptions options = new DumpOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    work.check();
    Path file = database;
    if (file == null) {
      // Not 'required' above: 'report' has one of its own.
      throw work.refusal("name the database: --db FILE");
    }
    if (jobs < 1) {
      throw work.refusal("--jobs must be 1 or more");
    }
    Triage triage = new Extension("triage").load(Triage.class);
    MachineOptions machine = options.optionsOfMany(Progress.SILENT, DEFAULT_CACHE);
    int failed = triage.collect(work.collection(file, jobs, machine), System.err);
    return failed == 0 ? 0 : 1;
  }
}
