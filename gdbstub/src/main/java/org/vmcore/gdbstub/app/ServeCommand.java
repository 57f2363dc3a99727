package org.vmcore.gdbstub.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.server.ListenAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code serve VMCORE...}. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Serve a dump to any number of debuggers at once.",
      "",
      "Prints what the dump is, then 'Listening on port N', and serves until Ctrl-C. Then,",
      "",
      "  gdb -ex 'target remote :1234'           in gdb; CLion and VS Code take localhost:1234",
      "  lldb -o 'gdb-remote 1234'               in LLDB, on the same machine",
      "  ssh -L 1234:localhost:1234 THIS_HOST    first, on another machine",
      "",
      "docs/debuggers.md tells how other editors and debuggers connect."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver serve vmcore",
      "  vmcore-gdbserver serve --listen 0.0.0.0:1234 vmcore   # for other machines: no password!",
      "  vmcore-gdbserver serve --listen unix:/tmp/vm.sock vmcore",
      "  gdb vmlinux -ex 'target remote | vmcore-gdbserver serve --listen stdio vmcore'"
    })
final class ServeCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private List<Path> vmcore = List.of();

  @Option(
      names = {"-l", "--listen"},
      paramLabel = "ADDRESS",
      converter = ListenAddressConverter.class,
      defaultValue = "127.0.0.1:1234",
      description = {
        "HOST:PORT, PORT (on 127.0.0.1; 0 takes a free one), unix:PATH, or stdio (default:"
            + " ${DEFAULT-VALUE}).",
        "A dump holds the machine's secrets: name another address only where everyone who can reach"
            + " it may read them."
      })
  private @Nullable ListenAddress listen;

  @Option(
      names = "--once",
      description = "End when the last debugger has gone, after at least one came.")
  private boolean once;

  @Mixin private ThreadsOption threads = new ThreadsOption();

  @Mixin private DumpOptions options = new DumpOptions();

  @Override
  public Integer call() throws Exception {
    try (CrashedMachine machine = options.openForDebugger(vmcore)) {
      Serving.untilClosed(machine, Objects.requireNonNull(listen), threads.shown(), once);
    }
    return 0;
  }
}
