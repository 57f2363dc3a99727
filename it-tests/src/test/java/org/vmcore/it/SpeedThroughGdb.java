package org.vmcore.it;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.vmcore.it.SpeedDumps.Run;
import org.vmcore.testing.Command;

/**
 * How fast memory comes through one gdb, from each format, against what that gdb takes at most. gdb
 * 16 and later take it as binary ({@code x}), those before as hexadecimal.
 */
final class SpeedThroughGdb {
  private static final String STUB = "instant stub";
  private static final String ZEROS_STUB = "instant stub of zeros";
  private static final String CORE = "gdb's core target";
  private static final Pattern LISTENING = Pattern.compile("(?m)^Listening on port (\\d+)$");

  private final String gdb;
  private final SpeedDumps dumps;
  private final SpeedPeers peers;
  private final int rounds;

  /**
   * @param gdb the program
   */
  SpeedThroughGdb(String gdb, SpeedDumps dumps, SpeedPeers peers, int rounds) {
    this.gdb = gdb;
    this.dumps = dumps;
    this.peers = peers;
    this.rounds = rounds;
  }

  String measure() {
    Map<String, Program> servers = new LinkedHashMap<>();
    try {
      servers.put(STUB, Program.java(InstantStub.class.getName()));
      servers.put(ZEROS_STUB, Program.java(InstantStub.class.getName(), InstantStub.ZEROS));
      // So small a cache that every pass decompresses again.
      dumps
          .files()
          .forEach(
              (name, file) ->
                  servers.put(name, Program.serveOptimized(file, "--cache-size", "1M")));
      servers.values().forEach(server -> server.awaitOutput(LISTENING));
      return table(measured(servers)).toString();
    } finally {
      servers.values().forEach(Program::close);
    }
  }

  private SpeedRounds measured(Map<String, Program> servers) {
    SpeedRounds measured = new SpeedRounds(rounds);
    servers.forEach(
        (name, server) -> {
          String connect = "target remote " + server.address();
          if (!name.equals(ZEROS_STUB)) {
            measured.add(name, () -> read(dumps.dense(), connect));
          }
          if (!name.equals(STUB)) {
            measured.add(sparse(name), () -> read(dumps.sparse(), connect));
          }
        });
    measured.add(CORE, () -> read(dumps.dense(), "core-file " + dumps.elf()));
    measured.run();
    return measured;
  }

  private double[] read(List<Run> runs, String connect) {
    return peers.gdb(gdb, runs, List.of("-ex", connect));
  }

  private RateTable table(SpeedRounds measured) {
    RateTable table =
        new RateTable(
            "Through %s (`dump binary memory`, medians of %d): %s of dense memory, %s of zeros. The instant stub is our own server over a target that answers without reading anything."
                .formatted(
                    version(), rounds, RateTable.mib(dumps.dense()), RateTable.mib(dumps.sparse())),
            measured);
    for (Map.Entry<String, Path> file : dumps.files().entrySet()) {
      table.mibRow(file.getKey() + ", dense", file.getKey(), STUB);
    }
    for (Map.Entry<String, Path> file : dumps.files().entrySet()) {
      String name = sparse(file.getKey());
      table.row(file.getKey() + ", zeros", name, sparse(ZEROS_STUB), ZEROS_STUB, RateTable.MIB);
    }
    table.mibRow("ELF, dense", "ELF", CORE);
    return table;
  }

  private static String sparse(String name) {
    return name + ", sparse";
  }

  /** "gdb 13.1", from "GNU gdb (Debian 13.1-3) 13.1". */
  private String version() {
    String first = Command.of(gdb, "--version").run().out().lines().findFirst().orElse("");
    return "gdb " + first.substring(first.lastIndexOf(' ') + 1);
  }
}
