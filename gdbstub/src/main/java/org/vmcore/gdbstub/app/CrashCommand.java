package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.inspect.machine.Banner;
import org.vmcore.gdbstub.inspect.machine.MachineState;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.shell.Shell;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code crash VMCORE}: a prompt that takes crash's commands, or files of them. */
@Command(
    name = "crash",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Take the commands of crash: at a prompt, from files, or from the command line.",
      "",
      "A command's output may go to '| PROGRAM', '> FILE' or '>> FILE', and '!COMMAND' runs one of"
          + " the shell. No file of commands is read but those that are named here: no .crashrc.",
      "The exit code is 1 if any command of -c, -i or a pipe could not be done."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver crash vmcore",
      "  vmcore-gdbserver crash vmcore -c 'bt -a; ps -S' > summary.txt",
      "  vmcore-gdbserver crash vmcore -i commands.txt"
    })
final class CrashCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private Path vmcore = Path.of("");

  @Option(
      names = "--with",
      paramLabel = "FILE",
      description = "A further part of a split dump. May be repeated.")
  private List<Path> parts = List.of();

  @Option(
      names = "-i",
      paramLabel = "FILE",
      description = "Run the commands of this file first, '-' for standard input.")
  private List<String> files = List.of();

  @Option(
      names = "-c",
      paramLabel = "COMMANDS",
      description = "Run these, separated by ';', and end.")
  private @Nullable String commands;

  @Option(names = "-s", description = "Do not say which machine it is.")
  private boolean silent;

  @Mixin private DumpOptions options = new DumpOptions();

  @Override
  public Integer call() throws Exception {
    List<Path> dump = new ArrayList<>(List.of(vmcore));
    dump.addAll(parts);
    boolean interactive = commands == null && Boolean.getBoolean("vmcore.interactive");
    for (String file : files) {
      if (!file.equals("-") && !Files.isReadable(Path.of(file))) {
        throw new IOException(file + ": no such file, or it cannot be read");
      }
    }
    try (CrashedMachine machine = options.open(dump)) {
      if (interactive && !silent) {
        Text out = new Text(System.out::print, machine.pointerBytes() * 2);
        Notes notes = new Notes();
        Banner.print(Banner.lines(MachineState.of(machine, notes), out.digits()), out);
        notes.incomplete().forEach(sentence -> out.notAll(Optional.of(sentence)));
        System.out.flush();
      }
      CrashIo io = new CrashIo(interactive);
      Shell shell = new Shell(machine, io);
      for (String file : files) {
        shell.runAll(io.read(file));
      }
      if (commands != null) {
        shell.runAll(commands.replace(";", "\n"));
      } else if (interactive && !shell.hasEnded()) {
        CrashPrompt.run(shell, machine, io);
        return 0;
      } else if (files.isEmpty()) {
        shell.runAll(io.read("-"));
      }
      return shell.hasFailed() ? 1 : 0;
    }
  }
}
