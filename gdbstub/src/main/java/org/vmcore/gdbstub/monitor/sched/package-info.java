/** Interrupts, timers and run queues. */
@NullMarked
package org.vmcore.gdbstub.monitor.sched;

import org.jspecify.annotations.NullMarked;
