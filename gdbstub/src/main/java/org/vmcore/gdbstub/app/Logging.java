package org.vmcore.gdbstub.app;

/** Sets the log up before anything logs: to standard error and short. */
final class Logging {
  private static boolean debug;

  private Logging() {}

  /** Warnings only: for commands whose standard error is somebody's terminal. */
  static void quiet() {
    configure("warn");
  }

  /** Debuggers that come and go and memory that could not be read: for a server. */
  static void verbose() {
    if (!debug) {
      configure("info");
    }
  }

  /** Every packet. */
  static void debug() {
    debug = true;
    configure("debug");
  }

  static boolean isDebug() {
    return debug;
  }

  private static void configure(String level) {
    set("defaultLogLevel", "warn");
    set("log.org.vmcore", level);
    set("showThreadName", String.valueOf(debug));
    set("showLogName", "false");
    set("showShortLogName", String.valueOf(debug));
    // A server's log is read afterwards; what a command warns of stands beside what it prints.
    set("showDateTime", String.valueOf(!level.equals("warn")));
    set("dateTimeFormat", "HH:mm:ss.SSS");
  }

  private static void set(String key, String value) {
    System.setProperty("org.slf4j.simpleLogger." + key, value);
  }
}
