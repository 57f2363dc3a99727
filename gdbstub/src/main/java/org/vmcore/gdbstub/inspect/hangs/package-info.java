/** What did not come on any more: works, RCU, CPUs, timers, disks. */
@NullMarked
package org.vmcore.gdbstub.inspect.hangs;

import org.jspecify.annotations.NullMarked;
