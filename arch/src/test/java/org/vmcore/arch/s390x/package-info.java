@NullMarked
package org.vmcore.arch.s390x;

import org.jspecify.annotations.NullMarked;
