package org.vmcore.it;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;
import org.vmcore.testing.LabCache;

/**
 * A debugger: that of the system that the tests run on, or the newest one of Debian, which {@code
 * lab/debugger} unpacks.
 */
@SuppressWarnings("ImmutableEnumChecker") // Its list is made by List.of.
enum Debugger {
  GDB("gdb"),
  LLDB("lldb"),
  SID_GDB("gdb", "sid", "gdb"),
  SID_LLDB("lldb", "sid", "lldb-N");

  /** The newest debugger changes by itself: what it fails does not count unless this is set. */
  private static final boolean SID_COUNTS = Boolean.getBoolean("vmcore.sid");

  private static final Map<Debugger, Command.Result> UNPACKED = new EnumMap<>(Debugger.class);

  private final String name;
  private final List<String> packages;

  Debugger(String name, String... packages) {
    this.name = name;
    this.packages = List.of(packages);
  }

  boolean isLldb() {
    return name.equals("lldb");
  }

  /** The program; skips the test where it cannot be had. */
  String program() {
    return program(name);
  }

  /** LLDB's debug adapter. */
  String adapter() {
    return program("lldb-dap");
  }

  private String program(String wanted) {
    if (packages.isEmpty()) {
      String found =
          Stream.of("-23", "-22", "-21", "-20", "-19", "-18", "-17", "-16", "-15", "-14", "")
              .map(version -> wanted + version)
              .filter(Command::isInstalled)
              .findFirst()
              .orElse("");
      assumeTrue(!found.isEmpty(), wanted + " is not installed");
      return found;
    }
    return unpacked()
        .lines()
        .filter(path -> path.matches(".*/" + wanted + "(-\\d+)?"))
        .findFirst()
        .orElseThrow();
  }

  private String unpacked() {
    synchronized (UNPACKED) {
      Command.Result run =
          UNPACKED.computeIfAbsent(
              this,
              debugger ->
                  Command.of(
                          Stream.concat(
                                  Stream.of(
                                      "" + Checkout.lab("debugger"), "--cache", "" + LabCache.ROOT),
                                  packages.stream())
                              .toList())
                      .limit(Duration.ofMinutes(5))
                      .run());
      LabCache.assumeItCould(run);
      return run.out();
    }
  }

  boolean isOfSid() {
    return !packages.isEmpty();
  }

  /** Runs a test with it, which is only told as skipped if the newest debugger fails it. */
  void check(Executable test) throws Throwable {
    check(test, !isOfSid());
  }

  /**
   * The same of what has faults of its own.
   *
   * @param counts whether its failure is one of the run, and not only told as skipped
   */
  void check(Executable test, boolean counts) throws Throwable {
    try {
      test.execute();
    } catch (AssertionError e) {
      if (!counts && !SID_COUNTS) {
        abort(() -> this + ": " + e.getMessage());
      }
      throw e;
    }
  }
}
