/** Where the vmlinux and the modules of a dump are: on disk, or with a debuginfod server. */
@NullMarked
package org.vmcore.gdbstub.symbols.find;

import org.jspecify.annotations.NullMarked;
