@NullMarked
package org.vmcore.gdbstub.port.arm;

import org.jspecify.annotations.NullMarked;
