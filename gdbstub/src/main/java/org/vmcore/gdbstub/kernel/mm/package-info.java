/** The kernel's memory management: slab caches and what memory is used for. */
@NullMarked
package org.vmcore.gdbstub.kernel.mm;

import org.jspecify.annotations.NullMarked;
