/** The kernel's and its modules' own symbol tables, and the modules themselves. */
@NullMarked
package org.vmcore.gdbstub.linux.symbols;

import org.jspecify.annotations.NullMarked;
