package org.vmcore.gdbstub.app;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.inspect.view.Json;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code info VMCORE...}. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Tell what a dump is: its format and completeness, the kernel, the CPUs, memory and notes,"
          + " and draw a map of physical memory."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver info vmcore",
      "  vmcore-gdbserver info --svg memory.svg vmcore",
      "  vmcore-gdbserver info --json vmcore | jq -r .kernel.release"
    })
final class InfoCommand implements Callable<Integer> {
  private static final int MAP_ROWS = 16;

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
      MachineReport report = MachineReport.of(machine);
      Lazy<MemoryMap, RuntimeException> map = Lazy.of(() -> map(machine));
      if (svg != null) {
        DumpInfo info = machine.dump().info();
        String title = "Physical memory in %s (%s)".formatted(info.file(), info.format());
        String picture = MemoryMapSvg.of(map.get(), title);
        long unused = new WholeFile(svg, true).write(picture);
      }
      if (json) {
        Json.document(Output.writer(), "info", MachineReport.VERSION, report);
      } else {
        Text out = new Text(System.out::print, machine.pointerBytes() * 2);
        ReportText.print(report, machine.pointerBytes() * 2, out);
        out.lay(MemoryMapText.of(map.get()));
      }
      return 0;
    }
  }

  private static MemoryMap map(CrashedMachine machine) {
    return MemoryMap.of(machine.dump().memory(), machine.crashKernel(), MAP_ROWS);
  }
}
