/** Layouts and values of the kernel's structures. */
@NullMarked
package org.vmcore.gdbstub.inspect.types;

import org.jspecify.annotations.NullMarked;
