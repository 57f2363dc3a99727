/** i386: two-level page tables and PAE, PTI, relocated kernels. */
@NullMarked
package org.vmcore.arch.i386;

import org.jspecify.annotations.NullMarked;
