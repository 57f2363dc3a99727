/** Debug information in the DWARF format, written. */
@NullMarked
package org.vmcore.gdbstub.symbols.write.dwarf;

import org.jspecify.annotations.NullMarked;
