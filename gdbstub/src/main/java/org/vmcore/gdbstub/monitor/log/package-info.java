/** The kernel's log. */
@NullMarked
package org.vmcore.gdbstub.monitor.log;

import org.jspecify.annotations.NullMarked;
