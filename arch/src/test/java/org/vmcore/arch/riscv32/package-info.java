@NullMarked
package org.vmcore.arch.riscv32;

import org.jspecify.annotations.NullMarked;
