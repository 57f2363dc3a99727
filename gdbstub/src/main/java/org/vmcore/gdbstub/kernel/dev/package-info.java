/** The devices of the machine. */
@NullMarked
package org.vmcore.gdbstub.kernel.dev;

import org.jspecify.annotations.NullMarked;
