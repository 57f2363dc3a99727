package org.vmcore.it;

import java.util.Set;

/** How fast memory is read within a process, by us and by drgn, from each format. */
final class SpeedInProcess {
  private static final String COPY = "dd";

  private final SpeedDumps dumps;
  private final SpeedPeers peers;
  private final int rounds;

  SpeedInProcess(SpeedDumps dumps, SpeedPeers peers, int rounds) {
    this.dumps = dumps;
    this.peers = peers;
    this.rounds = rounds;
  }

  String measure() {
    SpeedRounds measured = new SpeedRounds(rounds);
    dumps
        .files()
        .forEach(
            (name, file) -> {
              measured.add(name, () -> peers.inProcess(file));
              measured.add(drgn(name), () -> peers.drgn(file));
            });
    measured.add(COPY, () -> SpeedPeers.copy(dumps.elf()));
    measured.run();

    RateTable table =
        new RateTable(
            "In process, on %d cores, with a page cache of 4 MiB as drgn's library has: all %s in pieces of 1 MiB, and words of 8 bytes at random."
                .formatted(
                    Runtime.getRuntime().availableProcessors(), RateTable.mib(dumps.present())),
            measured);
    Set<String> names = dumps.files().keySet();
    for (String name : names) {
      table.row(name + ", in order", name, drgn(name), "drgn", RateTable.MIB);
    }
    for (String name : names) {
      table.row(name + ", at random", name, drgn(name), "drgn", RateTable.WORDS);
    }
    table.mibRow("ELF, in order", "ELF", COPY);
    return table.toString();
  }

  private static String drgn(String name) {
    return name + ", drgn";
  }
}
