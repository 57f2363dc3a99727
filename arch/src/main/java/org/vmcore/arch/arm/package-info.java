/** 32-bit arm: short descriptors with Linux's own entries beside them, and LPAE. */
@NullMarked
package org.vmcore.arch.arm;

import org.jspecify.annotations.NullMarked;
