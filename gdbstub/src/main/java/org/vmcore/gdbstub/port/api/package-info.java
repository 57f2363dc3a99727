/** What every port says of its kernels. */
@NullMarked
package org.vmcore.gdbstub.port.api;

import org.jspecify.annotations.NullMarked;
