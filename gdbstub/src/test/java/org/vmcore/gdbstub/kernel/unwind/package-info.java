@NullMarked
package org.vmcore.gdbstub.kernel.unwind;

import org.jspecify.annotations.NullMarked;
