package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code read ADDRESS LENGTH VMCORE...}. */
@Command(
    name = "read",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Print memory of the crashed machine as a hexdump.",
      "",
      "Ends with exit code 1 and the reason where memory cannot be read; what comes before that is"
          + " printed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver read 0xffffffff82000000 256 vmcore",
      "  vmcore-gdbserver read --physical --raw 0x100000 16M vmcore > memory.bin"
    })
final class ReadCommand implements Callable<Integer> {
  private static final int CHUNK = 1 << 20;

  @Parameters(
      index = "0",
      paramLabel = "ADDRESS",
      converter = HexAddress.class,
      description = "First address, hexadecimal, with or without 0x.")
  private long address;

  @Parameters(
      index = "1",
      paramLabel = "LENGTH",
      converter = SizeConverter.class,
      description = "Bytes: decimal or 0x-hexadecimal, with K, M, G or T for powers of 1024.")
  private long length;

  @Parameters(
      index = "2..*",
      arity = "1..*",
      paramLabel = "VMCORE",
      description = DumpOptions.VMCORE)
  private List<Path> vmcore = List.of();

  @Option(
      names = {"-p", "--physical"},
      description = "ADDRESS is a physical address.")
  private boolean physical;

  @Option(names = "--raw", description = "Write the bytes themselves to standard output.")
  private boolean raw;

  @Mixin private DumpOptions options = new DumpOptions();

  /** Reads memory of either kind; the problem is null when all bytes were read. */
  @FunctionalInterface
  private interface Memory {
    Piece read(long at, byte[] destination, int count);
  }

  private record Piece(int length, @Nullable String problem) {}

  @Override
  public Integer call() throws Exception {
    try (CrashedMachine machine = options.open(vmcore)) {
      String problem = copy(memory(machine), Output.raw());
      if (problem != null) {
        throw new IOException(problem);
      }
      return 0;
    }
  }

  private Memory memory(CrashedMachine machine) throws MissingFactException {
    if (physical) {
      PhysicalMemory memory = machine.dump().memory();
      return (at, destination, count) -> {
        PhysicalRead read = memory.read(at, destination, 0, count);
        PhysicalFault fault = read.fault();
        return new Piece(read.length(), fault == null ? null : fault.message());
      };
    }
    VirtualMemory memory = machine.kernelSpace().virtual();
    return (at, destination, count) -> {
      VirtualRead read = memory.read(at, destination, 0, count);
      Fault fault = read.fault();
      return new Piece(read.length(), fault == null ? null : fault.message());
    };
  }

  private @Nullable String copy(Memory memory, OutputStream out) throws IOException {
    byte[] chunk = new byte[(int) Math.min(CHUNK, length)];
    HexDump dump = new HexDump(address, out);
    for (long done = 0; done < length; ) {
      Piece piece = memory.read(address + done, chunk, (int) Math.min(chunk.length, length - done));
      if (raw) {
        out.write(chunk, 0, piece.length());
      } else {
        dump.write(chunk, piece.length());
      }
      done += piece.length();
      if (piece.problem() != null) {
        dump.finish();
        return piece.problem();
      }
    }
    dump.finish();
    return null;
  }
}
