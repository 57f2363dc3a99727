@NullMarked
package org.vmcore.gdbstub.kernel.tasks;

import org.jspecify.annotations.NullMarked;
