/** Symbols and modules. */
@NullMarked
package org.vmcore.gdbstub.monitor.symbols;

import org.jspecify.annotations.NullMarked;
