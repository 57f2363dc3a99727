/** ELF files, read: headers at first, and then what is asked for. */
@NullMarked
package org.vmcore.gdbstub.symbols.read.elf;

import org.jspecify.annotations.NullMarked;
