/** Files with symbols that belong to a dump. Knows no protocol. */
@NullMarked
package org.vmcore.gdbstub.symbols.dwarf;

import org.jspecify.annotations.NullMarked;
