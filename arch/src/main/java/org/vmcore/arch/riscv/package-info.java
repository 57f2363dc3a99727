/** What 32-bit and 64-bit RISC-V have in common: entries' flags, notes, registers, the image. */
@NullMarked
package org.vmcore.arch.riscv;

import org.jspecify.annotations.NullMarked;
