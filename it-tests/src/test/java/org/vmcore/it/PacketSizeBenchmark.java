package org.vmcore.it;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.it.SpeedDumps.Run;

/**
 * What gdb gains from larger packets: its own ceiling, by an instant stub, for each PacketSize. Run
 * by {@code it-tests/bin/compare-speed --only packet-sizes}.
 */
final class PacketSizeBenchmark {
  private static final List<Integer> KIBIBYTES = List.of(4, 16, 64, 256, 1024);
  private static final double MIB = 1 << 20;

  /** Any addresses do. */
  private static final Run MEMORY = new Run(0, 32 << 20);

  private PacketSizeBenchmark() {}

  static void run(int rounds) {
    SpeedPeers peers = new SpeedPeers(List.of(MEMORY));
    SpeedRounds measured = new SpeedRounds(rounds);
    Map<Integer, Program> stubs = new LinkedHashMap<>();
    try {
      for (int size : KIBIBYTES) {
        Program stub = Program.java(InstantStub.class.getName(), Integer.toString(size << 10));
        stubs.put(size, stub);
        List<String> connect = List.of("-ex", "target remote " + stub.address());
        measured.add(size + " KiB", () -> peers.gdb("gdb", List.of(MEMORY), connect));
      }
      measured.run();
    } finally {
      stubs.values().forEach(Program::close);
    }
    for (int size : KIBIBYTES) {
      System.out.printf(
          "PacketSize %4d KiB: %.1f MiB/s%n", size, measured.median(size + " KiB", 0) / MIB);
    }
  }
}
