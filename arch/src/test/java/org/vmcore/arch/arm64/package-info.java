@NullMarked
package org.vmcore.arch.arm64;

import org.jspecify.annotations.NullMarked;
