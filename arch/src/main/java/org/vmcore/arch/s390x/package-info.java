/** s390x: region, segment and page tables, large frames, prefixing, relocated kernels. */
@NullMarked
package org.vmcore.arch.s390x;

import org.jspecify.annotations.NullMarked;
