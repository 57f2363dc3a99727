package org.vmcore.gdbstub.app;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mcp VMCORE...}. */
@Command(
    name = "mcp",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Let an assistant look into a dump: serves the commands that print as tools of the Model"
          + " Context Protocol, over standard input and output.",
      "",
      "Every tool only reads, and answers with what --json prints, a page at a time. What a dump"
          + " says is marked as data: whoever ran programs on the machine that crashed may have"
          + " written it."
    },
    footerHeading = "%nExample, of an assistant's configuration:%n",
    footer = {
      "  { \"mcpServers\": { \"vmcore\": {",
      "      \"command\": \"vmcore-gdbserver\", \"args\": [\"mcp\", \"/var/crash/vmcore\"] } } }"
    })
final class McpCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private List<Path> vmcore = List.of();

  @Mixin private DumpOptions options = new DumpOptions();

  @Override
  public Integer call() throws IOException, DumpException {
    ToolServer server = new Extension("mcp").load(ToolServer.class);
    // Past System.out: a stray line between two messages would end the conversation.
    try (OutputStream out = new FileOutputStream(FileDescriptor.out);
        CrashedMachine machine = options.openForDebugger(vmcore)) {
      System.setOut(System.err);
      server.serve(machine, System.in, out);
    }
    return 0;
  }
}
