/** The devices of the machine. */
@NullMarked
package org.vmcore.gdbstub.linux.dev;

import org.jspecify.annotations.NullMarked;
