package org.vmcore.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.vmcore.it.SpeedDumps.Run;

/**
 * Measures us and the alternatives side by side, on one dump in one run, and puts the table into
 * the README. See {@code it-tests/bin/compare-speed}.
 */
final class CompareSpeed {
  private static final int ROUNDS = 5;
  private static final double MIB = 1 << 20;
  private static final Pattern LISTENING = Pattern.compile("(?m)^Listening on port (\\d+)$");

  private static final String STUB = "instant stub";
  private static final String CORE = "gdb's core target";
  private static final String COPY = "dd";

  private CompareSpeed() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length > 0 && arguments[0].equals("--packet-sizes")) {
      PacketSizeBenchmark.run(ROUNDS);
      return;
    }
    int rounds = arguments.length == 0 ? ROUNDS : Integer.parseInt(arguments[0]);
    SpeedDumps dumps = SpeedDumps.prepare(CorpusDump.RAW_ELF);
    SpeedPeers peers = new SpeedPeers(dumps.present());
    Map<String, Path> files = new LinkedHashMap<>();
    files.put("ELF", dumps.elf());
    dumps
        .compressed()
        .forEach((codec, file) -> files.put(codec.name().toLowerCase(Locale.ROOT), file));

    String text =
        throughGdb(dumps, peers, files, rounds) + "\n" + inProcess(dumps, peers, files, rounds);
    System.out.print(text);
    Path readme = Path.of("..", "README.md");
    if (!SpeedTable.rewrite(readme, text)) {
      System.err.println("README.md has no marks for the table");
    }
  }

  private static String throughGdb(
      SpeedDumps dumps, SpeedPeers peers, Map<String, Path> files, int rounds) {
    Map<String, Program> servers = new LinkedHashMap<>();
    try {
      servers.put(STUB, Program.java(InstantStub.class.getName()));
      // So small a cache that every pass decompresses again.
      files.forEach((name, file) -> servers.put(name, Program.serve(file, "--cache-size", "1M")));
      servers.values().forEach(server -> server.awaitOutput(LISTENING));

      SpeedRounds measured = new SpeedRounds(rounds);
      servers.forEach(
          (name, server) -> {
            List<String> connect = List.of("-ex", "target remote " + server.address());
            measured.add(name, () -> peers.gdb(dumps.dense(), connect));
            if (!name.equals(STUB)) {
              measured.add(sparse(name), () -> peers.gdb(dumps.sparse(), connect));
            }
          });
      measured.add(
          CORE, () -> peers.gdb(dumps.dense(), List.of("-ex", "core-file " + dumps.elf())));
      measured.run();

      SpeedTable table =
          new SpeedTable(
              "Through gdb (`dump binary memory`, medians of %d): %s of dense memory, %s of zeros. The instant stub is our own server over a target that answers without reading anything."
                  .formatted(rounds, mib(dumps.dense()), mib(dumps.sparse())));
      for (String name : files.keySet()) {
        row(table, measured, name + ", dense", name, STUB);
      }
      for (String name : files.keySet()) {
        row(table, measured, name + ", zeros", sparse(name), STUB);
      }
      row(table, measured, "ELF, dense", "ELF", CORE);
      return table.toString();
    } finally {
      servers.values().forEach(Program::close);
    }
  }

  private static String sparse(String name) {
    return name + ", sparse";
  }

  private static String mib(List<Run> runs) {
    return "%d MiB".formatted(Math.round(SpeedDumps.bytes(runs) / MIB));
  }

  private static void row(
      SpeedTable table, SpeedRounds measured, String what, String name, String peer) {
    double ours = measured.median(name, 0) / MIB;
    if (measured.has(peer)) {
      double theirs = measured.median(peer, 0) / MIB;
      table.row(what, "MiB/s", ours, peer, theirs, measured.ratio(name, peer, 0));
    } else {
      table.missing(what, "MiB/s", ours, peer);
    }
  }

  private static String inProcess(
      SpeedDumps dumps, SpeedPeers peers, Map<String, Path> files, int rounds) {
    SpeedRounds measured = new SpeedRounds(rounds);
    files.forEach(
        (name, file) -> {
          measured.add(name, () -> peers.inProcess(file));
          measured.add(drgn(name), () -> peers.drgn(file));
        });
    measured.add(COPY, () -> SpeedPeers.copy(dumps.elf()));
    measured.run();

    SpeedTable table =
        new SpeedTable(
            "In process, on %d cores, with a page cache of 4 MiB as drgn's library has: all %s in pieces of 1 MiB, and words of 8 bytes at random."
                .formatted(Runtime.getRuntime().availableProcessors(), mib(dumps.present())));
    for (String name : files.keySet()) {
      inProcessRow(table, measured, name + ", in order", name, 0, MIB, "MiB/s");
    }
    for (String name : files.keySet()) {
      inProcessRow(table, measured, name + ", at random", name, 1, 1e3, "thousand/s");
    }
    row(table, measured, "ELF, in order", "ELF", COPY);
    return table.toString();
  }

  private static String drgn(String name) {
    return name + ", drgn";
  }

  private static void inProcessRow(
      SpeedTable table,
      SpeedRounds measured,
      String what,
      String name,
      int index,
      double divisor,
      String unit) {
    double ours = measured.median(name, index) / divisor;
    if (measured.has(drgn(name))) {
      double theirs = measured.median(drgn(name), index) / divisor;
      table.row(what, unit, ours, "drgn", theirs, measured.ratio(name, drgn(name), index));
    } else {
      table.missing(what, unit, ours, "drgn");
    }
  }
}
