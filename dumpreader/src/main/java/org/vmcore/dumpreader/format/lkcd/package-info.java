/** The format of LKCD. */
@NullMarked
package org.vmcore.dumpreader.format.lkcd;

import org.jspecify.annotations.NullMarked;
