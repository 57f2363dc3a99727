/** Questions about tasks and their memory. */
@NullMarked
package org.vmcore.gdbstub.monitor.tasks;

import org.jspecify.annotations.NullMarked;
