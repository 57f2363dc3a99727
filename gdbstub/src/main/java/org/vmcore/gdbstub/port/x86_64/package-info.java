/** Linux on x86_64. */
@NullMarked
package org.vmcore.gdbstub.port.x86_64;

import org.jspecify.annotations.NullMarked;
