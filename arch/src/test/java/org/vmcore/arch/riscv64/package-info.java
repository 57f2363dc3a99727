@NullMarked
package org.vmcore.arch.riscv64;

import org.jspecify.annotations.NullMarked;
