/** Symbols and modules. */
@NullMarked
package org.vmcore.gdbstub.inspect.symbols;

import org.jspecify.annotations.NullMarked;
