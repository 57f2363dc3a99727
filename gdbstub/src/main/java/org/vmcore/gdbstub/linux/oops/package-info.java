/** What a kernel's log tells of its failures, read as text: no dump is needed. */
@NullMarked
package org.vmcore.gdbstub.linux.oops;

import org.jspecify.annotations.NullMarked;
