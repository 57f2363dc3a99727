/** The kernel's timers. */
@NullMarked
package org.vmcore.gdbstub.kernel.time;

import org.jspecify.annotations.NullMarked;
