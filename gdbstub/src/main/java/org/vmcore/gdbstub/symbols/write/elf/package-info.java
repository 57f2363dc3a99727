/** ELF files, written. */
@NullMarked
package org.vmcore.gdbstub.symbols.write.elf;

import org.jspecify.annotations.NullMarked;
