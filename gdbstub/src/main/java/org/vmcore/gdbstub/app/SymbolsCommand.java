package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.InputCopy;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code symbols VMCORE... -o FILE}. */
@Command(
    name = "symbols",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Write the symbols and types that a dump itself has of its kernel and modules as an ELF file"
          + " with DWARF, for any debugger or other tool.",
      "",
      "Symbols are those of kallsyms; types are those of BTF, which kernels with"
          + " CONFIG_DEBUG_INFO_BTF have. Addresses are those of the run: nothing is to be relocated."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver symbols vmcore -o kernel.elf",
      "  gdb kernel.elf -ex 'target remote | vmcore-gdbserver serve --listen stdio vmcore'"
    })
final class SymbolsCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private List<Path> vmcore = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "The file to write.")
  private Path output = Path.of("");

  @Option(names = "--force", description = "Replace the file if it exists.")
  private boolean force;

  @Mixin private DumpOptions options = new DumpOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (!force && Files.exists(output)) {
      throw new ParameterException(
          spec.commandLine(), output + " exists; give --force to replace it");
    }
    try (CrashedMachine machine = options.open(vmcore)) {
      Optional<DumpInput> file = machine.makeSymbolFile();
      if (file.isEmpty()) {
        throw new IOException(
            machine.dump().info().file()
                + ": the kernel's symbol table (kallsyms) is not in this dump");
      }
      long size =
          new WholeFile(output, force)
              .write(part -> InputCopy.write(file.get(), part, StandardOpenOption.WRITE));
      System.err.printf(
          "%s: %s, %s%n",
          output,
          Sizes.of(size),
          machine.linux().types().isPresent()
              ? "symbols and types"
              : "symbols only: the kernel carries no types (BTF)");
      return 0;
    }
  }
}
