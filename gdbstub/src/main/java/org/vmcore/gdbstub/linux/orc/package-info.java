/** What the kernel knows to unwind itself: ORC tables, and functions' prologues. */
@NullMarked
package org.vmcore.gdbstub.linux.orc;

import org.jspecify.annotations.NullMarked;
