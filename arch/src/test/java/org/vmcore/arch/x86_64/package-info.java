@NullMarked
package org.vmcore.arch.x86_64;

import org.jspecify.annotations.NullMarked;
