/** Questions about tasks and their memory. */
@NullMarked
package org.vmcore.gdbstub.inspect.tasks;

import org.jspecify.annotations.NullMarked;
