package org.vmcore.gdbstub.linux.oops;

import java.util.regex.Pattern;

/**
 * How a report of the kernel begins, and what it is called.
 *
 * @param needle a part of the line, looked for before the pattern
 * @param pattern of the line; its group {@code f}, if it has one, names a function
 * @param title with {@code {1}}, {@code {access}} and {@code {function}}
 * @param type syzbot's name of the class; empty where it has none
 * @param failure ours
 * @param culprit where the function stands
 * @param follows whether it goes on with a report that has begun, if one has
 */
record OopsRule(
    String needle,
    Pattern pattern,
    String title,
    String type,
    FailureClass failure,
    Culprit culprit,
    boolean follows) {

  /** Where in a report the function stands that a failure is named after. */
  enum Culprit {
    /** It is named after none. */
    NONE,
    /** None, but a report without a stack is a damaged one. */
    NONE_WITH_STACK,
    /** Where the exception came, or who called that. */
    FAULT,
    /** Who called what reports. */
    CALLER,
    /** Who asked for a lock. */
    LOCK,
    /** Who took a lock before, of locks whose order contradicts interrupts. */
    LOCK_ORDER,
    /** Who holds a lock, in a report that has no stack. */
    LOCK_HELD,
    /** Who allocated, by the second stack of a report. */
    ALLOCATION,
    /** The entry to the subsystem that was running for too long, or so deep. */
    SUBSYSTEM,
    /** The line itself. */
    LINE
  }
}
