/** arm64: 4, 16 and 64 KiB granules, 36 to 52 address bits, LVA, LPA, LPA2, PAC, KASLR. */
@NullMarked
package org.vmcore.arch.arm64;

import org.jspecify.annotations.NullMarked;
