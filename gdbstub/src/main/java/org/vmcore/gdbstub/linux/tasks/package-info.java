/**
 * Tasks: which there are, what each was doing, and the memory of processes.
 *
 * <p>{@link org.vmcore.gdbstub.linux.tasks.Tasks} is where to start.
 */
@NullMarked
package org.vmcore.gdbstub.linux.tasks;

import org.jspecify.annotations.NullMarked;
