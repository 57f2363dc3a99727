@NullMarked
package org.vmcore.gdbstub.port.riscv;

import org.jspecify.annotations.NullMarked;
