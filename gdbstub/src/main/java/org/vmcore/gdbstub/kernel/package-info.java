/** Linux in a dump: symbols, CPUs and tasks, read through virtual memory. Knows no protocol. */
@NullMarked
package org.vmcore.gdbstub.kernel;

import org.jspecify.annotations.NullMarked;
