package org.vmcore.triage;

import java.util.Locale;

/**
 * What a record has, in the order of the table's columns. What a dump does not tell is null. {@code
 * docs/triage.md} says the same for those who ask the database themselves.
 */
public enum Column {
  /** The path as it was found, or the URI without its query. */
  SOURCE(Kind.TEXT, true),
  /** Bytes of the file. */
  SIZE(Kind.INTEGER),
  /** What changes when the file does: the time of its last change in milliseconds, and its size. */
  VERSION(Kind.TEXT),
  /** When it was examined (ISO 8601, UTC), and {@link #TOOK_MS} how long that took. */
  EXAMINED(Kind.TEXT, true),
  TOOK_MS(Kind.INTEGER),
  /** Of the program that did. */
  PROGRAM(Kind.TEXT),
  /** {@code dump} or {@code log}. */
  KIND(Kind.TEXT),
  /** {@code crash}; {@code none}: it tells of no crash; {@code failed}. */
  STATUS(Kind.TEXT, true),
  /** Why it is no crash. */
  REASON(Kind.TEXT),
  /** Which crashes are the same: see {@link Groups}. */
  GROUP_ID(Kind.TEXT),
  /** {@code FailureClass}, what syzbot would call it, how sure that is. */
  CLASS(Kind.TEXT),
  TITLE(Kind.TEXT),
  CONFIDENCE(Kind.TEXT),
  CULPRIT(Kind.TEXT),
  CULPRIT_MODULE(Kind.TEXT),
  CULPRIT_SOURCE(Kind.TEXT),
  /** The three levels of the signature. */
  SIGNATURE_STACK(Kind.TEXT),
  SIGNATURE_FUNCTIONS(Kind.TEXT),
  SIGNATURE_TITLE(Kind.TEXT),
  /** Functions, the innermost first, separated by blanks. */
  STACK(Kind.TEXT),
  HOST(Kind.TEXT),
  /** As the firmware calls the machine. */
  HARDWARE(Kind.TEXT),
  ARCHITECTURE(Kind.TEXT),
  CPUS(Kind.INTEGER),
  MEMORY_BYTES(Kind.INTEGER),
  RELEASE(Kind.TEXT),
  KERNEL_VERSION(Kind.TEXT),
  BUILD_ID(Kind.TEXT),
  /** ISO 8601, UTC; of a file that does not tell, when it was last written. */
  CRASHED(Kind.TEXT),
  /** Whether {@link #CRASHED} is the dump's own: 1 or 0. */
  CRASHED_KNOWN(Kind.INTEGER),
  UPTIME_SECONDS(Kind.REAL),
  /** Letters as the kernel prints them. */
  TAINT(Kind.TEXT),
  /** Modules on the stack, separated by blanks. */
  MODULES(Kind.TEXT),
  /** The kernel's own words. */
  PANIC(Kind.TEXT),
  /** The task that brought the machine down. */
  COMMAND(Kind.TEXT),
  PID(Kind.INTEGER),
  CPU(Kind.INTEGER),
  FORMAT(Kind.TEXT),
  /** makedumpfile's. */
  DUMP_LEVEL(Kind.INTEGER),
  /** What is missing from the file, a sentence in each line; null of a whole one. */
  INCOMPLETE(Kind.TEXT),
  /** What {@code analyze} prints. */
  VERDICT(Kind.TEXT);

  /** What stands in it, as SQLite calls it. */
  public enum Kind {
    TEXT,
    /** Of 64 bits. */
    INTEGER,
    /** Of 64 bits. */
    REAL
  }

  private final Kind kind;
  private final boolean always;

  Column(Kind kind) {
    this(kind, false);
  }

  Column(Kind kind, boolean always) {
    this.kind = kind;
    this.always = always;
  }

  /** In the database. */
  public String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  public Kind kind() {
    return kind;
  }

  String declaration() {
    return column() + " " + kind + (always ? " NOT NULL" : "");
  }
}
