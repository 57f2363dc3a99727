@NullMarked
package org.vmcore.gdbstub.linux.tasks;

import org.jspecify.annotations.NullMarked;
