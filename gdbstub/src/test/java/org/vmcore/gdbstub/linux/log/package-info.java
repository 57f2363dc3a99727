@NullMarked
package org.vmcore.gdbstub.linux.log;

import org.jspecify.annotations.NullMarked;
