/** Linux on x86. */
@NullMarked
package org.vmcore.gdbstub.port.x86;

import org.jspecify.annotations.NullMarked;
