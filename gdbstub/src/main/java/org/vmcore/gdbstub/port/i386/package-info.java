/** Linux on i386. */
@NullMarked
package org.vmcore.gdbstub.port.i386;

import org.jspecify.annotations.NullMarked;
