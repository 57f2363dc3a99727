/**
 * What carries a dump of any format byte for byte: compressed files, archives, the flattened
 * stream.
 */
@NullMarked
package org.vmcore.dumpreader.unwrap;

import org.jspecify.annotations.NullMarked;
