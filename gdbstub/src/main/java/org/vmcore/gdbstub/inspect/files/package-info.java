/** Open files, mounts and devices. */
@NullMarked
package org.vmcore.gdbstub.inspect.files;

import org.jspecify.annotations.NullMarked;
