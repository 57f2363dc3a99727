/** 64-bit Power (Book3S): radix and hash MMU, big- and little-endian. */
@NullMarked
package org.vmcore.arch.ppc64;

import org.jspecify.annotations.NullMarked;
