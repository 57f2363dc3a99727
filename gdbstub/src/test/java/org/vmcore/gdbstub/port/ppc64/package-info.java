@NullMarked
package org.vmcore.gdbstub.port.ppc64;

import org.jspecify.annotations.NullMarked;
