/** Pages of physical memory, for the formats: where each lies, bitmaps, compression, the cache. */
@NullMarked
package org.vmcore.dumpreader.page;

import org.jspecify.annotations.NullMarked;
