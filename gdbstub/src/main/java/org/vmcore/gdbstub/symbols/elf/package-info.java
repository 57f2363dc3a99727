/** ELF files, written. */
@NullMarked
package org.vmcore.gdbstub.symbols.elf;

import org.jspecify.annotations.NullMarked;
