/** Reads the types in the debugging information of a vmlinux or a module. */
@NullMarked
package org.vmcore.gdbstub.symbols.debuginfo;

import org.jspecify.annotations.NullMarked;
