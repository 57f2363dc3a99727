/** The format of Red Hat's diskdump. */
@NullMarked
package org.vmcore.dumpreader.format.diskdump;

import org.jspecify.annotations.NullMarked;
