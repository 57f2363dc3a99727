/** Processes of the machine that crashed: as inferiors of a debugger, and as core files. */
@NullMarked
package org.vmcore.gdbstub.target.process;

import org.jspecify.annotations.NullMarked;
