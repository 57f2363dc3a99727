/** What registers point at in functions, followed through their instructions. */
@NullMarked
package org.vmcore.gdbstub.port.flow;

import org.jspecify.annotations.NullMarked;
