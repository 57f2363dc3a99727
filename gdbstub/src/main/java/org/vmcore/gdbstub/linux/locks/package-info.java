/** Who waits for what in the kernel, told by what lies on the stacks of those that wait. */
@NullMarked
package org.vmcore.gdbstub.linux.locks;

import org.jspecify.annotations.NullMarked;
