/** Debug information in the DWARF format, written; package debuginfo reads it. */
@NullMarked
package org.vmcore.gdbstub.symbols.dwarf;

import org.jspecify.annotations.NullMarked;
