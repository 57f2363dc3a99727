/** Who waits for what and for whom. */
@NullMarked
package org.vmcore.gdbstub.inspect.locks;

import org.jspecify.annotations.NullMarked;
