package org.vmcore.gdbstub.rsp;

/**
 * Who is at the other end of a connection, as far as the system tells.
 *
 * @param sharesFiles whether it is a debugger on this machine that sees the files that this program
 *     sees, and may read what this program's user may
 * @param process tells one process from all others that ever run here; empty where it is not known
 */
public record Peer(boolean sharesFiles, String process) {
  /** One of whom nothing is known. */
  public static final Peer UNKNOWN = new Peer(false, "");
}
