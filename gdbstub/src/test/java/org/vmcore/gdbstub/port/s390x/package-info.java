@NullMarked
package org.vmcore.gdbstub.port.s390x;

import org.jspecify.annotations.NullMarked;
