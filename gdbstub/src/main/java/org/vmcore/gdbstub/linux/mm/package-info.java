/** The kernel's memory management: slab caches and what memory is used for. */
@NullMarked
package org.vmcore.gdbstub.linux.mm;

import org.jspecify.annotations.NullMarked;
