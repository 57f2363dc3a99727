/** What the kernel had to do and did not come to: works, grace periods, calls of other CPUs. */
@NullMarked
package org.vmcore.gdbstub.linux.hang;

import org.jspecify.annotations.NullMarked;
