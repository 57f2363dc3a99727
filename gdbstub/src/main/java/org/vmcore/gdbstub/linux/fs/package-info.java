/** The kernel's view of files: open files, mounts, paths. */
@NullMarked
package org.vmcore.gdbstub.linux.fs;

import org.jspecify.annotations.NullMarked;
