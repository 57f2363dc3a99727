/** What 32-bit and 64-bit x86 have in common: page-table entries, QEMU's notes, EFLAGS. */
@NullMarked
package org.vmcore.arch.x86;

import org.jspecify.annotations.NullMarked;
