/** The machine as a whole. */
@NullMarked
package org.vmcore.gdbstub.inspect.machine;

import org.jspecify.annotations.NullMarked;
