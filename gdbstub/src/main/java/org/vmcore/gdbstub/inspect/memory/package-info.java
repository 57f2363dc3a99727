/** Where memory is, what is in it and what it was used for. */
@NullMarked
package org.vmcore.gdbstub.inspect.memory;

import org.jspecify.annotations.NullMarked;
