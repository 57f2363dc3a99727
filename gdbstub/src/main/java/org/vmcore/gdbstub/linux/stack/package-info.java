/**
 * From the registers of a CPU, or of a task that was switched out, back through the functions that
 * called one another: what debuggers call a backtrace.
 */
@NullMarked
package org.vmcore.gdbstub.linux.stack;

import org.jspecify.annotations.NullMarked;
