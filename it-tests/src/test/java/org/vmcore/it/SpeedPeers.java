package org.vmcore.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.it.SpeedDumps.Run;
import org.vmcore.testing.Command;

/** Ways to read a dump, each timed from within. */
final class SpeedPeers {
  /** Words read one by one. */
  private static final int READS = 200_000;

  private static final int PIECE = 1 << 20;

  /** What drgn's library keeps: 1024 pages (libkdumpfile src/kdumpfile/cache.c). */
  static final long DRGN_CACHE = 4 << 20;

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Path directory = SpeedDumps.directory();
  private final List<Run> runs;
  private final long[] addresses;

  /**
   * @param present the physical memory to read, in process
   */
  SpeedPeers(List<Run> present) {
    this.runs = List.copyOf(present);
    this.addresses = new Random(1).longs(READS, 0, SpeedDumps.bytes(runs) / Long.BYTES).toArray();
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = present(addresses[i] * Long.BYTES);
    }
  }

  /** The address of the byte at an offset into all that is present. */
  private long present(long offset) {
    long left = offset;
    for (Run run : runs) {
      if (left < run.length()) {
        return run.start() + left;
      }
      left -= run.length();
    }
    throw new IllegalArgumentException("offset " + offset);
  }

  /** Bytes per second of the whole dump read in pieces, and words per second at random. */
  double[] inProcess(Path file) {
    try {
      byte[] piece = new byte[PIECE];
      double sequential;
      try (FileInput input = FileInput.open(file)) {
        PhysicalMemory memory = open(input).memory();
        long begun = System.nanoTime();
        for (Run run : runs) {
          for (long at = run.start(); at < run.end(); at += PIECE) {
            readFully(memory, at, piece, (int) Math.min(PIECE, run.end() - at));
          }
        }
        sequential = rate(SpeedDumps.bytes(runs), begun);
      }
      try (FileInput input = FileInput.open(file)) {
        PhysicalMemory memory = open(input).memory();
        long begun = System.nanoTime();
        for (long address : addresses) {
          readFully(memory, address, piece, Long.BYTES);
        }
        return new double[] {sequential, rate(addresses.length, begun)};
      }
    } catch (DumpException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Dump open(FileInput input) throws IOException, DumpException {
    return DumpFormats.open(input, new OpenOptions(DRGN_CACHE, Progress.SILENT));
  }

  private static void readFully(PhysicalMemory memory, long address, byte[] into, int length) {
    if (memory.read(address, into, 0, length).length() != length) {
      throw new IllegalStateException("cannot read %#x".formatted(address));
    }
  }

  private static double rate(long amount, long begunNanos) {
    return amount * 1e9 / (System.nanoTime() - begunNanos);
  }

  /** The same two by drgn. */
  double[] drgn(Path file) {
    require("drgn");
    Path script = SpeedDumps.resource("drgn-speed.py");
    List<String> lines = runs.stream().map(run -> run.start() + " " + run.length()).toList();
    Path runFile = write("drgn.runs", lines);
    Path addressFile =
        write("drgn.addresses", Arrays.stream(addresses).mapToObj(Long::toString).toList());
    Command.Result result =
        Command.of(
                "drgn",
                "--no-default-symbols",
                "-c",
                "" + file,
                "" + script,
                "" + runFile,
                "" + addressFile)
            .limit(LIMIT)
            .run();
    if (result.exit() != 0) {
      throw new UnsupportedOperationException("drgn: " + result.err());
    }
    String[] rates = result.out().strip().split(" ", -1);
    return new double[] {Double.parseDouble(rates[0]), Double.parseDouble(rates[1])};
  }

  /** Bytes per second of a plain copy to nowhere. */
  static double[] copy(Path file) {
    require("dd");
    long begun = System.nanoTime();
    Command.of("dd", "if=" + file, "of=/dev/null", "bs=1M").run();
    try {
      return new double[] {rate(Files.size(file), begun)};
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes per second through a gdb, which is given those words on its command line. */
  double[] gdb(String program, List<Run> read, List<String> words) {
    require(program);
    Path runFile =
        write(
            "gdb.runs",
            read.stream()
                .map(
                    run ->
                        Long.toUnsignedString(run.start()) + " " + Long.toUnsignedString(run.end()))
                .toList());
    List<String> all = new ArrayList<>(List.of(program, "-batch"));
    all.addAll(Gdb.QUIET);
    all.addAll(words);
    all.addAll(List.of("-ex", "source " + SpeedDumps.resource("gdb-speed.py")));
    Command.Result result =
        Command.of(all).limit(LIMIT).environment("SPEED_RUNS", runFile.toString()).run();
    return result
        .out()
        .lines()
        .filter(line -> line.startsWith("RATE "))
        .map(line -> new double[] {Double.parseDouble(line.substring(5))})
        .findFirst()
        .orElseThrow(() -> new UnsupportedOperationException("gdb: " + result.all()));
  }

  /** Leaves out what needs a program that is not here. */
  static void require(String program) {
    if (!Command.isInstalled(program)) {
      throw new UnsupportedOperationException(program + " is not installed");
    }
  }

  private Path write(String name, List<String> lines) {
    try {
      return Files.write(directory.resolve(name), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
