/** The command line of crash: what a line is, what a session remembers, where output goes. */
@NullMarked
package org.vmcore.gdbstub.inspect.shell;

import org.jspecify.annotations.NullMarked;
