/** What ftrace recorded, as text and as a file for trace-cmd. */
@NullMarked
package org.vmcore.gdbstub.inspect.trace;

import org.jspecify.annotations.NullMarked;
