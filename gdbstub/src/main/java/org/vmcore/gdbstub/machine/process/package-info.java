/** Processes of the machine that crashed: as inferiors of a debugger, and as core files. */
@NullMarked
package org.vmcore.gdbstub.machine.process;

import org.jspecify.annotations.NullMarked;
