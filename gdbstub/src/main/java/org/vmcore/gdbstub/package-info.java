/** The program as a whole. */
@NullMarked
package org.vmcore.gdbstub;

import org.jspecify.annotations.NullMarked;
