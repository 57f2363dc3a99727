/** Interrupts, timers and run queues. */
@NullMarked
package org.vmcore.gdbstub.inspect.sched;

import org.jspecify.annotations.NullMarked;
