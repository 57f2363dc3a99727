/**
 * What kernels of each architecture do in their own way; the recipe is in {@link
 * org.vmcore.gdbstub.port.api.LinuxPort}.
 */
@NullMarked
package org.vmcore.gdbstub.port;

import org.jspecify.annotations.NullMarked;
