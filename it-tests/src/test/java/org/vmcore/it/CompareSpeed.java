package org.vmcore.it;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opentest4j.TestAbortedException;
import org.vmcore.it.SpeedOptions.Kind;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.CorpusDump;

/**
 * Measures us and the alternatives side by side, each kind of thing in one run, and puts the tables
 * into the README. See {@code it-tests/bin/compare-speed}.
 */
final class CompareSpeed {
  private static final int WRONG_USAGE = 2;

  private CompareSpeed() {}

  public static void main(String[] arguments) throws IOException {
    SpeedOptions options;
    try {
      options = SpeedOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("compare-speed: " + e.getMessage() + " (--help tells more)");
      System.exit(WRONG_USAGE);
      return;
    }
    if (options.kinds().contains(Kind.PACKET_SIZES)) {
      PacketSizeBenchmark.run(options.rounds());
    }
    String text = String.join("\n", tables(options));
    System.out.print(text);
    if (options.writesReadme() && !SpeedTable.rewrite(Checkout.root().resolve("README.md"), text)) {
      System.err.println("README.md has no marks for the table");
    }
  }

  private static List<String> tables(SpeedOptions options) {
    List<String> tables = new ArrayList<>();
    Set<Kind> ofMemory = EnumSet.of(Kind.GDB, Kind.SID_GDB, Kind.PROCESS);
    ofMemory.retainAll(options.kinds());
    if (!ofMemory.isEmpty()) {
      SpeedDumps dumps = SpeedDumps.prepare(CorpusDump.RAW_ELF);
      SpeedPeers peers = new SpeedPeers(dumps.present());
      for (Kind kind : ofMemory) {
        if (kind == Kind.PROCESS) {
          tables.add(new SpeedInProcess(dumps, peers, options.rounds()).measure());
        } else {
          program(kind == Kind.GDB ? Debugger.GDB : Debugger.SID_GDB)
              .map(gdb -> new SpeedThroughGdb(gdb, dumps, peers, options.rounds()).measure())
              .ifPresent(tables::add);
        }
      }
    }
    if (options.kinds().contains(Kind.BACKTRACE)) {
      TracedDump dump = options.traced().orElseGet(CompareSpeed::traced);
      tables.add(new SpeedBacktrace(dump, options.rounds()).measure());
    }
    return tables;
  }

  private static TracedDump traced() {
    try {
      return TracedDump.ofDebian();
    } catch (TestAbortedException e) {
      System.err.printf("no Debian kernel: %s%n", e.getMessage());
      return TracedDump.ofCorpus();
    }
  }

  /** A debugger, or nothing where it cannot be had, and says why. */
  private static Optional<String> program(Debugger debugger) {
    try {
      return Optional.of(debugger.program());
    } catch (TestAbortedException e) {
      System.err.printf("left out: %s: %s%n", debugger, e.getMessage());
      return Optional.empty();
    }
  }
}
