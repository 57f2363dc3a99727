package org.vmcore.gdbstub.linux.oops;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A report of the kernel about a failure.
 *
 * @param failure what kind of failure
 * @param title what syzbot would call it
 * @param type syzbot's name of the kind, where it has one
 * @param damaged whether the report is cut or mixed with others, so that the title is not to be
 *     trusted
 * @param panicked whether the kernel went on to panic
 * @param firstLine its place in the log, from 0
 * @param headline its first line
 * @param function that the failure is named after
 * @param module that the function is of, where the report tells
 * @param source the file and line that the report names
 * @param access what was done to memory
 * @param address that was accessed
 * @param cpu that it happened on
 * @param pid of the task
 * @param command of the task
 * @param release of the kernel
 * @param tainted as the kernel printed it; empty in the report of a kernel that was not
 * @param stack the innermost first, from where it happened
 */
public record Oops(
    FailureClass failure,
    String title,
    Optional<String> type,
    boolean damaged,
    boolean panicked,
    int firstLine,
    String headline,
    Optional<String> function,
    Optional<String> module,
    Optional<String> source,
    Optional<Access> access,
    OptionalLong address,
    OptionalInt cpu,
    OptionalInt pid,
    Optional<String> command,
    Optional<String> release,
    Optional<String> tainted,
    List<StackEntry> stack) {

  /** What was done to memory. */
  public enum Access {
    READ,
    WRITE,
    EXECUTE;

    /** As titles have it. */
    String word() {
      return name().charAt(0) + name().substring(1).toLowerCase(java.util.Locale.ROOT);
    }
  }
}
