/** Layouts and values of the kernel's structures. */
@NullMarked
package org.vmcore.gdbstub.monitor.types;

import org.jspecify.annotations.NullMarked;
