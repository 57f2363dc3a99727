/** The kernel's network devices and sockets. */
@NullMarked
package org.vmcore.gdbstub.linux.net;

import org.jspecify.annotations.NullMarked;
