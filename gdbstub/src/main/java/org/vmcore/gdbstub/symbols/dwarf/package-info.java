/** What readers and writers of DWARF both know. */
@NullMarked
package org.vmcore.gdbstub.symbols.dwarf;

import org.jspecify.annotations.NullMarked;
