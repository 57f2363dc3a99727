/** Suspended guests and snapshots of VMware. */
@NullMarked
package org.vmcore.dumpreader.format.vmware;

import org.jspecify.annotations.NullMarked;
