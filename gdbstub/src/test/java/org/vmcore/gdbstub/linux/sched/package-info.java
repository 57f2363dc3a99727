@NullMarked
package org.vmcore.gdbstub.linux.sched;

import org.jspecify.annotations.NullMarked;
