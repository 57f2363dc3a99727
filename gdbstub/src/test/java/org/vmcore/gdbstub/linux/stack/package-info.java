@NullMarked
package org.vmcore.gdbstub.linux.stack;

import org.jspecify.annotations.NullMarked;
