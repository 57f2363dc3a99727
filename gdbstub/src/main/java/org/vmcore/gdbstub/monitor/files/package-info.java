/** Open files, mounts and devices. */
@NullMarked
package org.vmcore.gdbstub.monitor.files;

import org.jspecify.annotations.NullMarked;
