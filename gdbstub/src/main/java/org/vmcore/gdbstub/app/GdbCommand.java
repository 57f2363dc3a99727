package org.vmcore.gdbstub.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gdb VMCORE... [-- GDB ARGS]}. */
@Command(
    name = "gdb",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Open a dump in gdb: serve it on a private socket and run gdb on that.",
      "",
      "The exit code is gdb's own.",
      "",
      "With --batch, one script is run on each of many dumps; then the exit code is 0 when gdb's was"
          + " on all of them, else 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver gdb vmcore --vmlinux vmlinux",
      "  vmcore-gdbserver gdb vmcore --vmlinux vmlinux -- -batch -ex 'info threads' -ex bt",
      "  vmcore-gdbserver gdb --batch -x script.gdb --jobs 4 --log-dir logs /var/crash/*/vmcore"
    })
final class GdbCommand implements Callable<Integer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "VMCORE... [-- GDB ARGS]",
      hideParamSyntax = true,
      description = {
        DumpOptions.VMCORE,
        "With --batch each VMCORE is a dump of its own; the parts of a split dump are joined by"
            + " commas: part1,part2.",
        "What follows '--' is given to gdb, after it has connected."
      })
  private List<String> parameters = List.of();

  @Spec private CommandSpec spec;

  @Option(
      names = "--gdb",
      paramLabel = "PROGRAM",
      description =
          "The gdb to run (default: gdb; for another architecture than this machine's,"
              + " gdb-multiarch).")
  private @Nullable String gdb;

  @Mixin private BatchOptions batch = new BatchOptions();

  @Mixin private ThreadsOption threads = new ThreadsOption();

  @Mixin private DumpOptions options = new DumpOptions();

  @Override
  public Integer call() throws Exception {
    int forGdb = countAfterSeparator();
    int vmcores = parameters.size() - forGdb;
    if (vmcores == 0) {
      throw new ParameterException(spec.commandLine(), "Missing required parameter: 'VMCORE'");
    }
    List<String> arguments = parameters.subList(vmcores, parameters.size());
    batch.check(spec.commandLine(), arguments);
    if (batch.isOn()) {
      return batch.run(
          parameters.subList(0, vmcores),
          new GdbBatch(
              Optional.ofNullable(gdb),
              threads.shown(),
              batch.commands(arguments),
              options.options(Progress.SILENT)));
    }
    List<Path> vmcore = parameters.subList(0, vmcores).stream().map(Path::of).toList();
    try (CrashedMachine machine = options.openForDebugger(vmcore)) {
      Summary.warnings(machine).forEach(System.err::println);
      String program = gdb != null ? gdb : GdbRun.programFor(machine.requireArchitecture());
      return new GdbRun(program, threads.shown(), arguments).on(machine);
    }
  }

  /** How many arguments follow {@code --}; picocli gives all parameters in one list. */
  private int countAfterSeparator() {
    List<String> arguments = spec.commandLine().getParseResult().originalArgs();
    int separator = arguments.indexOf("--");
    return separator < 0 ? 0 : arguments.size() - separator - 1;
  }
}
