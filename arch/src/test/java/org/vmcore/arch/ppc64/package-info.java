@NullMarked
package org.vmcore.arch.ppc64;

import org.jspecify.annotations.NullMarked;
