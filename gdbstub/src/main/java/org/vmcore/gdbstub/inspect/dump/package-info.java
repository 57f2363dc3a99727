/** What a dump is, and what is in it. */
@NullMarked
package org.vmcore.gdbstub.inspect.dump;

import org.jspecify.annotations.NullMarked;
