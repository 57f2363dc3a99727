/** The kernel's memory, read by address. */
@NullMarked
package org.vmcore.gdbstub.linux.memory;

import org.jspecify.annotations.NullMarked;
