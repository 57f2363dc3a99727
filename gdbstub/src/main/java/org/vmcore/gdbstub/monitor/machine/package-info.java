/** The machine as a whole. */
@NullMarked
package org.vmcore.gdbstub.monitor.machine;

import org.jspecify.annotations.NullMarked;
