/** ELF vmcores: those of the kernel, of QEMU and of makedumpfile. */
@NullMarked
package org.vmcore.dumpreader.format.elf;

import org.jspecify.annotations.NullMarked;
