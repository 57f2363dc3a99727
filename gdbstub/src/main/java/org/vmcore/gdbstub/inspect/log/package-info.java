/** The kernel's log. */
@NullMarked
package org.vmcore.gdbstub.inspect.log;

import org.jspecify.annotations.NullMarked;
