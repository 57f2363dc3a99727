/** From virtual to physical addresses: what the page tables of all architectures share. */
@NullMarked
package org.vmcore.arch.paging;

import org.jspecify.annotations.NullMarked;
