/** The {@code monitor} commands. */
@NullMarked
package org.vmcore.gdbstub.monitor;

import org.jspecify.annotations.NullMarked;
