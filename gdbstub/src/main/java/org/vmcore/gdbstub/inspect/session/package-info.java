/** What a debugger chooses to see. */
@NullMarked
package org.vmcore.gdbstub.inspect.session;

import org.jspecify.annotations.NullMarked;
