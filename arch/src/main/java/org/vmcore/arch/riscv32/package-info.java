/** riscv32: Sv32 page tables. */
@NullMarked
package org.vmcore.arch.riscv32;

import org.jspecify.annotations.NullMarked;
