@NullMarked
package org.vmcore.gdbstub.port;

import org.jspecify.annotations.NullMarked;
