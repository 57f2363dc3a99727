/**
 * Tasks: which there are, what each was doing, and the memory of processes.
 *
 * <p>{@link org.vmcore.gdbstub.kernel.tasks.Tasks} is where to start.
 */
@NullMarked
package org.vmcore.gdbstub.kernel.tasks;

import org.jspecify.annotations.NullMarked;
