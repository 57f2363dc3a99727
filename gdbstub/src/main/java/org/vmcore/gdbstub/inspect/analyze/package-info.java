/** What happened: a verdict with its evidence, from a dump or from the log alone. */
@NullMarked
package org.vmcore.gdbstub.inspect.analyze;

import org.jspecify.annotations.NullMarked;
