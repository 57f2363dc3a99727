/** Who called whom. */
@NullMarked
package org.vmcore.gdbstub.monitor.stacks;

import org.jspecify.annotations.NullMarked;
