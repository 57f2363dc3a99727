@NullMarked
package org.vmcore.arch.i386;

import org.jspecify.annotations.NullMarked;
