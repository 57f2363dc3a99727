@NullMarked
package org.vmcore.arch;

import org.jspecify.annotations.NullMarked;
