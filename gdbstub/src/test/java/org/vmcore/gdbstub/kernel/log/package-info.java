@NullMarked
package org.vmcore.gdbstub.kernel.log;

import org.jspecify.annotations.NullMarked;
