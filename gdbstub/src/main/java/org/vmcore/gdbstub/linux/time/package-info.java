/** The kernel's timers. */
@NullMarked
package org.vmcore.gdbstub.linux.time;

import org.jspecify.annotations.NullMarked;
