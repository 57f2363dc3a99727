/** riscv64: Sv39, Sv48 and Sv57 page tables with Svnapot and Svpbmt, KASLR. */
@NullMarked
package org.vmcore.arch.riscv64;

import org.jspecify.annotations.NullMarked;
