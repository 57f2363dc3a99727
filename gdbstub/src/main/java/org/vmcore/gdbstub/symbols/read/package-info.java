/** Reads vmlinux and modules: sections, symbols, build ids, and the types in their DWARF. */
@NullMarked
package org.vmcore.gdbstub.symbols.read;

import org.jspecify.annotations.NullMarked;
