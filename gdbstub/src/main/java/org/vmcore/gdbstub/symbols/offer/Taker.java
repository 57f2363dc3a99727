package org.vmcore.gdbstub.symbols.offer;

/**
 * A debugger that symbols are offered to.
 *
 * @param opensFiles whether it opens files by their names itself, because it shares them with this
 *     program; else it reads them through the server
 * @param hasProgram whether it has a program, which it was given or took earlier
 * @param process tells its process from all others; empty where that is not known
 */
public record Taker(boolean opensFiles, boolean hasProgram, String process) {
  /** One that has nothing and reads all through the server. */
  public static final Taker REMOTE = new Taker(false, false, "");
}
