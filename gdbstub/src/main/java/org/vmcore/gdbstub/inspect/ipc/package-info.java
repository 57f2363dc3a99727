/** What processes share. */
@NullMarked
package org.vmcore.gdbstub.inspect.ipc;

import org.jspecify.annotations.NullMarked;
