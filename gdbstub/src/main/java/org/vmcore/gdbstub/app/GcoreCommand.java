package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.process.CoreFile;
import org.vmcore.gdbstub.machine.process.UserProcess;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gcore VMCORE PID [-o FILE]}. */
@Command(
    name = "gcore",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Write the core file of a process of the dead machine, for any debugger of programs.",
      "",
      "It has the threads' registers and the memory that the kernel itself would have dumped (by"
          + " the process' coredump_filter). What the dump lacks is a hole in the file: a filter of"
          + " makedumpfile with 8 in its level (-d 31) leaves all of it out."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  vmcore-gdbserver gcore vmcore 63 -o core.63", "  gdb /usr/sbin/nginx core.63"})
final class GcoreCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private Path vmcore = Path.of("");

  @Parameters(index = "1", paramLabel = "PID", description = "The process, as 'ps' lists it.")
  private int pid;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The file to write (default: core.PID).")
  private @Nullable Path output;

  @Option(
      names = "--with",
      paramLabel = "FILE",
      description = "A further part of a split dump. May be repeated.")
  private List<Path> parts = List.of();

  @Option(names = "--force", description = "Replace the file if it exists.")
  private boolean force;

  @Mixin private DumpOptions options = new DumpOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Path file = output == null ? Path.of("core." + pid) : output;
    if (!force && Files.exists(file)) {
      throw new ParameterException(
          spec.commandLine(), file + " exists; give --force to replace it");
    }
    List<Path> files = new ArrayList<>(List.of(vmcore));
    files.addAll(parts);
    try (CrashedMachine machine = options.open(files)) {
      UserProcess process = UserProcess.of(machine, pid);
      List<CoreFile.Result> results = new ArrayList<>();
      new WholeFile(file, force).write(part -> write(process, part, results));
      CoreFile.Result result = results.get(0);
      System.err.printf(
          "%s: %s of %s, threads: %d%n",
          file,
          Sizes.of(result.memory()),
          process.threads().get(0).comm(),
          process.threads().size());
      if (result.missingPages() > 0) {
        System.err.printf(
            "%d pages (%s) of it are not in the dump: they are holes in the file%n",
            result.missingPages(), Sizes.of(result.missingPages() * machine.pageBytes()));
      }
      return 0;
    }
  }

  private static long write(UserProcess process, Path part, List<CoreFile.Result> results)
      throws IOException {
    try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
      CoreFile.Result result =
          CoreFile.write(process, process.shownFirst(), out, new TerminalProgress());
      results.add(result);
      return result.size();
    }
  }
}
