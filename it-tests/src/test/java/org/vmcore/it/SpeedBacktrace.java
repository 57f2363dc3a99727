package org.vmcore.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.vmcore.it.SpeedRounds.Measurement;

/**
 * How long it takes from nothing to the crashed task's backtrace: for us in each way that we have
 * of giving gdb its symbols, and for the others. What counts is every process from its start to its
 * end.
 */
final class SpeedBacktrace {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  /** What a backtrace that is worth its time shows, whoever prints it. */
  private static final String FRAME = "do_syscall_64";

  /** A place in a source file, which no dump tells. */
  private static final Pattern LINE = Pattern.compile("\\w\\.[cSh]:\\d+");

  /** What gdb says when it takes an answer that comes too late for that of its next request. */
  private static final String LATE = "Ignoring packet error";

  private static final Map<String, String> COLD = Map.of("VMCORE_GDBSERVER_NO_CACHE", "1");
  private static final String NO_SYMBOLS = "--no-serve-symbols";
  private static final String OWN = "gdb's own vmlinux, `%s`".formatted(NO_SYMBOLS);

  private static final int CPU = 0;
  private static final int WALL = 1;

  private final TracedDump dump;
  private final int rounds;
  private final List<String> names = new ArrayList<>();
  private final SpeedRounds measured;

  SpeedBacktrace(TracedDump dump, int rounds) {
    this.dump = dump;
    this.rounds = rounds;
    this.measured = new SpeedRounds(rounds);
  }

  String measure() {
    add("the dump alone, cold", () -> dumpAlone(COLD));
    add("the dump alone, cached", () -> dumpAlone(Map.of()));
    add("vmlinux, same machine", this::sameMachine);
    add("vmlinux, through the socket only", this::otherMachine);
    add(OWN, this::ownVmlinux);
    add("the same, both started by `gdb`", this::ownVmlinuxByOneCommand);
    add("drgn, vmlinux", this::drgn);
    add("crash, vmlinux", this::crash);
    measured.run();
    return table().toString();
  }

  private void add(String name, Measurement measurement) {
    names.add(name);
    measured.add(name, measurement);
  }

  private double[] dumpAlone(Map<String, String> environment) {
    TimedRun run = timed(gdbCommand(), environment);
    if (LINE.matcher(run.output()).find()) {
      throw new UnsupportedOperationException("a vmlinux was found without being given");
    }
    return run.spent();
  }

  private double[] sameMachine() {
    return timed(gdbCommand("--vmlinux", dump.vmlinux()), Map.of()).spent();
  }

  /** The program's own command that starts gdb. */
  private List<String> gdbCommand(Object... options) {
    SpeedPeers.require("gdb");
    List<Object> words = new ArrayList<>(List.of("gdb", dump.file()));
    words.addAll(Arrays.asList(options));
    words.addAll(List.of("--", "-batch"));
    words.addAll(Gdb.QUIET);
    words.addAll(List.of("-ex", "bt"));
    return Program.words(words.toArray());
  }

  private double[] otherMachine() {
    long begun = System.nanoTime();
    try (Program server = Program.serveOptimized(dump.file(), "--vmlinux", dump.vmlinux());
        Relay relay = new Relay(server)) {
      return served(begun, server, gdb("-ex", "target remote " + relay.address()));
    }
  }

  private double[] ownVmlinux() {
    long begun = System.nanoTime();
    try (Program server = Program.serveOptimized(dump.file(), NO_SYMBOLS)) {
      String connect = "target remote " + server.address();
      return served(begun, server, gdb("" + dump.vmlinux(), "-ex", connect));
    }
  }

  private double[] ownVmlinuxByOneCommand() {
    return timed(gdbCommand("--vmlinux", dump.vmlinux(), NO_SYMBOLS), Map.of()).spent();
  }

  private static List<String> gdb(String... words) {
    SpeedPeers.require("gdb");
    List<String> all = new ArrayList<>(List.of("gdb", "-batch"));
    all.addAll(Gdb.QUIET);
    all.addAll(Arrays.asList(words));
    all.addAll(List.of("-ex", "bt"));
    return all;
  }

  /** What a debugger and the server spent that was started for it. */
  private static double[] served(long begunNanos, Program server, List<String> words) {
    double debugger = timed(words, Map.of()).spent()[CPU];
    return new double[] {debugger + server.cpuSeconds(), (System.nanoTime() - begunNanos) / 1e9};
  }

  private double[] drgn() {
    SpeedPeers.require("drgn");
    List<String> words = new ArrayList<>(List.of("drgn", "--no-default-symbols"));
    words.addAll(List.of("-c", "" + dump.file(), "-s", "" + dump.vmlinux()));
    words.add("" + SpeedDumps.resource("drgn-backtrace.py"));
    return timed(words, Map.of()).spent();
  }

  private double[] crash() {
    SpeedPeers.require("crash");
    String commands = "" + SpeedDumps.resource("crash-backtrace");
    return timed(
            List.of("crash", "-s", "-i", commands, "" + dump.vmlinux(), "" + dump.file()), Map.of())
        .spent();
  }

  /** Runs what prints a backtrace. */
  private static TimedRun timed(List<String> words, Map<String, String> environment) {
    TimedRun run = TimedRun.of(words, environment, LIMIT);
    if (!run.output().contains(FRAME) || run.output().contains(LATE)) {
      throw new UnsupportedOperationException(
          "not a good backtrace by %s:%n%s".formatted(words, run.output()));
    }
    return run;
  }

  private SpeedTable table() {
    SpeedTable table =
        new SpeedTable(
            "Time to the crashed task's backtrace (medians of %d): %s. Of all processes, from their start to their end; cold is without what is kept of a kernel once seen. Ratios are to gdb with its own vmlinux: less is better."
                .formatted(rounds, dump),
            "backtrace from",
            "CPU:",
            "ratio:",
            "wall:",
            "ratio:");
    for (String name : names) {
      if (measured.has(name)) {
        table.row(
            name, seconds(name, CPU), ratio(name, CPU), seconds(name, WALL), ratio(name, WALL));
      } else {
        table.row(name, "not measured", "", "", "");
      }
    }
    return table;
  }

  private String seconds(String name, int index) {
    return "%.2f s".formatted(measured.median(name, index));
  }

  private String ratio(String name, int index) {
    return measured.has(OWN) ? "**%.2f**".formatted(measured.ratio(name, OWN, index)) : "";
  }
}
