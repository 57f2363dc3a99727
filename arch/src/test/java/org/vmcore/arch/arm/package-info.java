@NullMarked
package org.vmcore.arch.arm;

import org.jspecify.annotations.NullMarked;
