/** The machine's instructions. */
@NullMarked
package org.vmcore.gdbstub.inspect.code;

import org.jspecify.annotations.NullMarked;
