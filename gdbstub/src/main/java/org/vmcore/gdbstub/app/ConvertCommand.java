package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code convert VMCORE... OUT}. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Write a dump of any format that is read as ELF or kdump-compressed, for other tools.",
      "",
      "All memory, notes and VMCOREINFO are kept; what the new format cannot hold is told. OUT"
          + " appears when it is complete, and not before."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver convert vmcore vmcore.elf --format elf",
      "  vmcore-gdbserver convert vmcore.flat vmcore --format kdump-zstd",
      "  vmcore-gdbserver convert part1 part2 part3 whole"
    })
final class ConvertCommand implements Callable<Integer> {
  @Parameters(
      arity = "2..*",
      paramLabel = "VMCORE... OUT",
      hideParamSyntax = true,
      description = {DumpOptions.VMCORE, "The file to write comes last."})
  private List<Path> files = List.of();

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      converter = OutputFormat.Converter.class,
      completionCandidates = OutputFormat.Labels.class,
      defaultValue = "kdump-zlib",
      description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private OutputFormat format = OutputFormat.KDUMP_ZLIB;

  @Option(names = "--force", description = "Replace OUT if it exists.")
  private boolean force;

  @Mixin private DumpOptions options = new DumpOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    List<Path> vmcore = files.subList(0, files.size() - 1);
    Path out = files.get(files.size() - 1);
    checkOutput(vmcore, out);
    try (CrashedMachine machine = options.open(vmcore)) {
      Summary.warnings(machine).forEach(System.err::println);
      Conversion conversion = new Conversion(machine, format);
      long size =
          new WholeFile(out, force).write(part -> conversion.write(part, new TerminalProgress()));
      System.err.printf(
          "%s: %s, %s from %s%n",
          out, format.label(), Sizes.of(size), Sizes.of(machine.dump().info().fileSize()));
      conversion.losses().forEach(loss -> System.err.println("not kept: " + loss));
      return 0;
    }
  }

  private void checkOutput(List<Path> vmcore, Path out) throws IOException {
    for (Path file : vmcore) {
      if (Files.exists(out) && Files.exists(file) && Files.isSameFile(file, out)) {
        throw new ParameterException(
            spec.commandLine(), out + " is the dump itself; name another file to write");
      }
    }
    if (Files.isDirectory(out)) {
      throw new ParameterException(
          spec.commandLine(), out + " is a directory; name the file to write in it");
    }
    if (!force && Files.exists(out)) {
      throw new ParameterException(spec.commandLine(), out + " exists; give --force to replace it");
    }
  }
}
