/** The kernel's run queues. */
@NullMarked
package org.vmcore.gdbstub.kernel.sched;

import org.jspecify.annotations.NullMarked;
