/** The kernel's interrupts. */
@NullMarked
package org.vmcore.gdbstub.kernel.irq;

import org.jspecify.annotations.NullMarked;
