/** Who called whom. */
@NullMarked
package org.vmcore.gdbstub.inspect.stacks;

import org.jspecify.annotations.NullMarked;
