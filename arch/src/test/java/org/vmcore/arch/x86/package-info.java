@NullMarked
package org.vmcore.arch.x86;

import org.jspecify.annotations.NullMarked;
