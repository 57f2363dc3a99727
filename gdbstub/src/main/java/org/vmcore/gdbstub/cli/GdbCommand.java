package org.vmcore.gdbstub.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.target.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gdb VMCORE [-- GDB ARGS]}. */
@Command(
    name = "gdb",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Open a dump in gdb: serve it on a private socket and run gdb on that.",
      "",
      "The exit code is gdb's own."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver gdb vmcore --vmlinux vmlinux",
      "  vmcore-gdbserver gdb vmcore --vmlinux vmlinux -- -batch -ex 'info threads' -ex bt"
    })
final class GdbCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "VMCORE", description = "The dump file.")
  private @Nullable Path vmcore;

  @Parameters(
      index = "1..*",
      paramLabel = "-- GDB ARGS",
      description = "What follows '--' is given to gdb, after it has connected.")
  private List<String> gdbArguments = new ArrayList<>();

  @Option(
      names = "--gdb",
      paramLabel = "PROGRAM",
      defaultValue = "gdb",
      description = "The gdb to run (default: ${DEFAULT-VALUE}).")
  private String gdb = "";

  @Mixin private DumpOptions options = new DumpOptions();

  @Override
  public Integer call() throws Exception {
    try (CrashedMachine machine = options.open(Objects.requireNonNull(vmcore))) {
      Summary.warnings(machine).forEach(System.err::println);
      return new GdbRun(gdb, gdbArguments).on(machine);
    }
  }
}
