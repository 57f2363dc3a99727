/** The command line. */
@NullMarked
package org.vmcore.gdbstub.cli;

import org.jspecify.annotations.NullMarked;
