/** The kernel's interrupts. */
@NullMarked
package org.vmcore.gdbstub.linux.irq;

import org.jspecify.annotations.NullMarked;
