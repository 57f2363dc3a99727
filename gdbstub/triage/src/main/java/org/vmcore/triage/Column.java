package org.vmcore.triage;

import java.util.Locale;

/**
 * What a record has, in the order of the table's columns. What a dump does not tell is null. {@code
 * docs/triage.md} says the same for those who ask the database themselves.
 */
enum Column {
  /** The path as it was found, or the URI without its query. */
  SOURCE("TEXT NOT NULL"),
  /** Bytes of the file. */
  SIZE("INTEGER"),
  /** What changes when the file does: the time of its last change in milliseconds, and its size. */
  VERSION("TEXT"),
  /** When it was examined (ISO 8601, UTC), and {@link #TOOK_MS} how long that took. */
  EXAMINED("TEXT NOT NULL"),
  TOOK_MS("INTEGER"),
  /** Of the program that did. */
  PROGRAM("TEXT"),
  /** {@code dump} or {@code log}. */
  KIND("TEXT"),
  /** {@code crash}; {@code none}: it tells of no crash; {@code failed}. */
  STATUS("TEXT NOT NULL"),
  /** Why it is no crash. */
  REASON("TEXT"),
  /** Which crashes are the same: see {@link Groups}. */
  GROUP_ID("TEXT"),
  /** {@code FailureClass}, what syzbot would call it, how sure that is. */
  CLASS("TEXT"),
  TITLE("TEXT"),
  CONFIDENCE("TEXT"),
  CULPRIT("TEXT"),
  CULPRIT_MODULE("TEXT"),
  CULPRIT_SOURCE("TEXT"),
  /** The three levels of the signature. */
  SIGNATURE_STACK("TEXT"),
  SIGNATURE_FUNCTIONS("TEXT"),
  SIGNATURE_TITLE("TEXT"),
  /** Functions, the innermost first, separated by blanks. */
  STACK("TEXT"),
  HOST("TEXT"),
  /** As the firmware calls the machine. */
  HARDWARE("TEXT"),
  ARCHITECTURE("TEXT"),
  CPUS("INTEGER"),
  MEMORY_BYTES("INTEGER"),
  RELEASE("TEXT"),
  KERNEL_VERSION("TEXT"),
  BUILD_ID("TEXT"),
  /** ISO 8601, UTC; of a file that does not tell, when it was last written. */
  CRASHED("TEXT"),
  /** Whether {@link #CRASHED} is the dump's own: 1 or 0. */
  CRASHED_KNOWN("INTEGER"),
  UPTIME_SECONDS("REAL"),
  /** Letters as the kernel prints them. */
  TAINT("TEXT"),
  /** Modules on the stack, separated by blanks. */
  MODULES("TEXT"),
  /** The kernel's own words. */
  PANIC("TEXT"),
  /** The task that brought the machine down. */
  COMMAND("TEXT"),
  PID("INTEGER"),
  CPU("INTEGER"),
  FORMAT("TEXT"),
  /** makedumpfile's. */
  DUMP_LEVEL("INTEGER"),
  /** What is missing from the file, a sentence in each line; null of a whole one. */
  INCOMPLETE("TEXT"),
  /** What {@code analyze} prints. */
  VERDICT("TEXT");

  private final String type;

  Column(String type) {
    this.type = type;
  }

  /** In the database. */
  String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  String declaration() {
    return column() + " " + type;
  }
}
