/** What carries a dump of any format byte for byte: compressed files, the flattened stream. */
@NullMarked
package org.vmcore.dumpreader.unwrap;

import org.jspecify.annotations.NullMarked;
