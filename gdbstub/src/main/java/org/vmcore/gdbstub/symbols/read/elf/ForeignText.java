package org.vmcore.gdbstub.symbols.read.elf;

/** Text from a file or a server, which may hold what a terminal takes for commands. */
public final class ForeignText {
  /** More of it tells nobody more. */
  private static final int LONGEST = 200;

  private ForeignText() {}

  /** The same with {@code ?} for all that cannot be seen, and not longer than a message bears. */
  public static String visible(String text) {
    String shown = text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    return shown.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Co}]", "?");
  }
}
