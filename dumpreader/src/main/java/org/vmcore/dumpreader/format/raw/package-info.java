/** Raw physical memory. */
@NullMarked
package org.vmcore.dumpreader.format.raw;

import org.jspecify.annotations.NullMarked;
