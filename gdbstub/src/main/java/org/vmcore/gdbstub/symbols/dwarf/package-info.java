/** Debug information in the DWARF format, read and written. */
@NullMarked
package org.vmcore.gdbstub.symbols.dwarf;

import org.jspecify.annotations.NullMarked;
