package org.vmcore.gdbstub.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.write.ElfWriter;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.server.ListenAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show a machine that has crashed in gdb: a tiny made-up one, built in memory.",
      "",
      "Needs gdb, and no dump. Shows its threads, registers, backtraces and memory, then ends."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver demo",
      "  vmcore-gdbserver demo --interactive     # then look around yourself",
      "  vmcore-gdbserver demo --listen 1234     # for another debugger, or an IDE"
    })
final class DemoCommand implements Callable<Integer> {
  @Option(
      names = {"-i", "--interactive"},
      description = "Stay in gdb after the tour.")
  private boolean interactive;

  @Option(
      names = {"-l", "--listen"},
      paramLabel = "ADDRESS",
      converter = ListenAddressConverter.class,
      description = "Serve the machine there, as 'serve' does, and run no gdb.")
  private @Nullable ListenAddress listen;

  @Option(names = "--once", description = "With --listen: end when the last debugger has gone.")
  private boolean once;

  @Option(
      names = "--gdb",
      paramLabel = "PROGRAM",
      defaultValue = "gdb",
      description = "The gdb to run (default: ${DEFAULT-VALUE}).")
  private String gdb = "";

  @Override
  public Integer call() throws Exception {
    DemoMachine demo = DemoMachine.builder().build();
    Path directory = Files.createTempDirectory("vmcore-gdbserver-demo");
    Path vmlinux = directory.resolve("vmlinux");
    Path script = directory.resolve("demo.gdb");
    try {
      Files.write(vmlinux, demo.vmlinux());
      Files.writeString(script, DemoMachine.gdbScript(), UTF_8);
      try (CrashedMachine machine = open(demo, vmlinux)) {
        return listen == null ? tour(machine, script) : serve(machine, listen);
      }
    } finally {
      Files.deleteIfExists(vmlinux);
      Files.deleteIfExists(script);
      Files.deleteIfExists(directory);
    }
  }

  /** Through a real vmcore's bytes, so that the demo shows what a dump file would. */
  private static CrashedMachine open(DemoMachine demo, Path vmlinux)
      throws IOException, DumpException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ElfWriter.write(demo.dump(), Channels.newChannel(file));
    MachineOptions options =
        new MachineOptions(
            Optional.empty(), Optional.of(vmlinux), Map.of(), OpenOptions.defaults());
    Dump dump = DumpFormats.open(new BytesInput("demo", file.toByteArray()), options.open());
    return CrashedMachine.open(dump, options);
  }

  private int serve(CrashedMachine machine, ListenAddress address) throws Exception {
    Serving.untilClosed(machine, address, once);
    return 0;
  }

  private int tour(CrashedMachine machine, Path script) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-nx", "-x", script.toString()));
    if (!interactive) {
      arguments.add("-batch");
    }
    return new GdbRun(gdb, arguments).on(machine);
  }
}
