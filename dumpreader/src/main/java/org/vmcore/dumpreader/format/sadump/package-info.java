/** SADUMP, by the firmware of Fujitsu's servers. */
@NullMarked
package org.vmcore.dumpreader.format.sadump;

import org.jspecify.annotations.NullMarked;
