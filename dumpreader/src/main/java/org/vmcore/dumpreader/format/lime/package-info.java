/** LiME images. */
@NullMarked
package org.vmcore.dumpreader.format.lime;

import org.jspecify.annotations.NullMarked;
