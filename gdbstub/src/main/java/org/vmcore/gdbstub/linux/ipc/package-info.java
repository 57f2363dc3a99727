/** System V shared memory, semaphores and message queues. */
@NullMarked
package org.vmcore.gdbstub.linux.ipc;

import org.jspecify.annotations.NullMarked;
