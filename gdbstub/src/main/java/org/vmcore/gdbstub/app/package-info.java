/** The program: its commands on the command line. */
@NullMarked
package org.vmcore.gdbstub.app;

import org.jspecify.annotations.NullMarked;
