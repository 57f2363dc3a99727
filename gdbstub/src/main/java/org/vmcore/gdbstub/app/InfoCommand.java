package org.vmcore.gdbstub.app;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.gdbstub.inspect.dump.Info;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code info VMCORE...}: {@link Info}, of all parts of a split dump, and a picture. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Tell what a dump is and what is in it.",
      "",
      "Its format and completeness, the kernel, the CPUs, memory and notes, with a map of physical"
          + " memory."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver info vmcore",
      "  vmcore-gdbserver info --svg memory.svg vmcore",
      "  vmcore-gdbserver info --json vmcore | jq -r .kernel.release"
    })
final class InfoCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private List<Path> vmcore = List.of();

  @Option(names = "--json", description = "Print JSON for scripts.")
  private boolean json;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Draw the map of physical memory as a picture to this file, too.")
  private @Nullable Path svg;

  @Mixin private DumpOptions options = new DumpOptions();

  @Override
  public Integer call() throws Exception {
    try (CrashedMachine machine = options.open(vmcore)) {
      Summary.vmlinuxWarning(machine).ifPresent(System.err::println);
      if (svg != null) {
        DumpInfo info = machine.dump().info();
        String title = "Physical memory in %s (%s)".formatted(info.file(), info.format());
        long unused = new WholeFile(svg, true).write(MemoryMapSvg.of(Info.map(machine), title));
      }
      QueryCommand.show(new Info(), new Call(machine, QueryCommand.LISTENER), json);
      return 0;
    }
  }
}
