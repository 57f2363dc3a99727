/** Xen's guest cores. */
@NullMarked
package org.vmcore.dumpreader.format.xen;

import org.jspecify.annotations.NullMarked;
