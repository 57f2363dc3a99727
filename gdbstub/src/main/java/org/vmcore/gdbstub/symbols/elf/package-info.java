/** ELF files, read and written. */
@NullMarked
package org.vmcore.gdbstub.symbols.elf;

import org.jspecify.annotations.NullMarked;
