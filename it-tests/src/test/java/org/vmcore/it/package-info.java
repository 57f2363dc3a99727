/** Real dumps, served to real debuggers. */
@NullMarked
package org.vmcore.it;

import org.jspecify.annotations.NullMarked;
