package org.vmcore.gdbstub.inspect.tasks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Signals by their numbers, as include/uapi/asm-generic/signal.h has them. */
final class SignalNames {
  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private static final Map<Integer, String> SYNONYMS =
      Map.of(6, "IOT", 17, "CLD", 29, "POLL", 31, "UNUSED");

  private static final Map<Long, String> FLAGS = new LinkedHashMap<>();

  static {
    FLAGS.put(0x40000000L, "SA_NODEFER");
    FLAGS.put(0x80000000L, "SA_RESETHAND");
    FLAGS.put(0x04000000L, "SA_RESTORER");
    FLAGS.put(1L, "SA_NOCLDSTOP");
    FLAGS.put(2L, "SA_NOCLDWAIT");
    FLAGS.put(4L, "SA_SIGINFO");
    FLAGS.put(0x08000000L, "SA_ONSTACK");
    FLAGS.put(0x10000000L, "SA_RESTART");
  }

  static final int COUNT = 64;
  private static final int FIRST_REAL_TIME = 32;
  private static final int MIDDLE = 48;

  private SignalNames() {}

  /** Such as {@code SIGHUP} or {@code SIGRTMIN+2}. */
  static String of(int signal) {
    if (signal >= 1 && signal <= NAMES.size()) {
      return "SIG" + NAMES.get(signal - 1);
    } else if (signal <= MIDDLE) {
      int above = signal - FIRST_REAL_TIME;
      return "SIGRTMIN" + (above == 0 ? "" : "+" + above);
    }
    return "SIGRTMAX" + (signal == COUNT ? "" : "-" + (COUNT - signal));
  }

  /** With the other name that some have. */
  static String all(int signal) {
    String other = SYNONYMS.get(signal);
    return of(signal) + (other == null ? "" : "/SIG" + other);
  }

  /** The names of {@code sa_flags}, parentheses included; empty where none is set. */
  static String flags(long flags) {
    List<String> names = new ArrayList<>();
    FLAGS.forEach(
        (bit, name) -> {
          if ((flags & bit) != 0) {
            names.add(name);
          }
        });
    return names.isEmpty() ? "" : "(" + String.join("|", names) + ")";
  }
}
