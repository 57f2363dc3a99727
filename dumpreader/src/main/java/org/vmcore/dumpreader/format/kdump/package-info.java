/** makedumpfile's kdump-compressed format. */
@NullMarked
package org.vmcore.dumpreader.format.kdump;

import org.jspecify.annotations.NullMarked;
