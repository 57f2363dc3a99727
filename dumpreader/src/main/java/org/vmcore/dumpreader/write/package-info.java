/** Dumps, written: for other tools, and made up for demonstrations and tests. */
@NullMarked
package org.vmcore.dumpreader.write;

import org.jspecify.annotations.NullMarked;
