/** Linux on arm64. */
@NullMarked
package org.vmcore.gdbstub.port.arm64;

import org.jspecify.annotations.NullMarked;
