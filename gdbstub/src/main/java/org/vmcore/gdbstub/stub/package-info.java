/** The machine as a debugger is shown it: threads, registers, memory, files. */
@NullMarked
package org.vmcore.gdbstub.stub;

import org.jspecify.annotations.NullMarked;
