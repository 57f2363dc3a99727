/** The S390 dump of zfcpdump and zgetdump. */
@NullMarked
package org.vmcore.dumpreader.format.s390;

import org.jspecify.annotations.NullMarked;
