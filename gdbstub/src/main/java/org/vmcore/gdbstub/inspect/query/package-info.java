/** What a question is that can be asked of a crashed machine, and who asks it. */
@NullMarked
package org.vmcore.gdbstub.inspect.query;

import org.jspecify.annotations.NullMarked;
