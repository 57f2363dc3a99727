/** What ftrace recorded. */
@NullMarked
package org.vmcore.gdbstub.linux.trace;

import org.jspecify.annotations.NullMarked;
