/** Files that are known to be no dump, told what makes one of them. */
@NullMarked
package org.vmcore.dumpreader.format.known;

import org.jspecify.annotations.NullMarked;
