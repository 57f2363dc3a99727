/** Debug information in the DWARF format, written. */
@NullMarked
package org.vmcore.gdbstub.symbols.dwarf;

import org.jspecify.annotations.NullMarked;
