/** What a debugger chooses to see. */
@NullMarked
package org.vmcore.gdbstub.monitor.session;

import org.jspecify.annotations.NullMarked;
