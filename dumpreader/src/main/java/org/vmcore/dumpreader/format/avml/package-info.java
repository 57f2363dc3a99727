/** Memory images that AVML has compressed. */
@NullMarked
package org.vmcore.dumpreader.format.avml;

import org.jspecify.annotations.NullMarked;
