package org.vmcore.gdbstub.app;

import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.inspect.dump.MachineReport;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.view.Json;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code report VMCORE... -o FILE}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Write what happened as one HTML page, to triage a crash or to attach to a ticket.",
      "",
      "The page needs no other file and no network, and reads on a phone. It tells what the dump"
          + " tells: the machine and when it crashed, the backtrace and the end of the log, what each"
          + " CPU did, the registers, tasks and which were blocked for longest, taint, modules,"
          + " memory, and how complete the dump is. It may hold secrets of the machine: only its"
          + " owner can read the file."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver report vmcore -o report.html",
      "  vmcore-gdbserver report --json vmcore | jq .tasks.blocked"
    })
final class ReportCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private List<Path> vmcore = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The file to write; with --json it may be left out, for standard output.")
  private @Nullable Path output;

  @Option(names = "--json", description = "Write JSON for scripts instead of the page.")
  private boolean json;

  @Option(names = "--force", description = "Replace the file if it exists.")
  private boolean force;

  @Mixin private DumpOptions options = new DumpOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    checkOutput();
    try (CrashedMachine machine = options.open(vmcore)) {
      Summary.warnings(machine).forEach(System.err::println);
      CrashReport report = CrashReport.of(machine);
      if (output == null) {
        data(report, machine, Output.writer());
        return 0;
      }
      StringWriter text = new StringWriter();
      if (json) {
        data(report, machine, text);
      } else {
        text.write(ReportPage.of(report));
      }
      long size = new WholeFile(output, force).write(text.toString());
      System.err.printf("%s: %s%n", output, Sizes.of(size));
      return 0;
    }
  }

  private static void data(CrashReport report, CrashedMachine machine, Writer out) {
    String generator = "vmcore-gdbserver " + Version.get();
    ReportData data = ReportData.of(report, MachineReport.of(machine, new Notes()), generator);
    Json.document(out, "report", ReportData.VERSION, data);
  }

  private void checkOutput() {
    if (output == null) {
      if (!json) {
        throw new ParameterException(
            spec.commandLine(), "name the file to write: -o report.html (or give --json)");
      }
      return;
    }
    if (Files.isDirectory(output)) {
      throw new ParameterException(
          spec.commandLine(), output + " is a directory; name the file to write in it");
    }
    if (!force && Files.exists(output)) {
      throw new ParameterException(
          spec.commandLine(), output + " exists; give --force to replace it");
    }
  }
}
