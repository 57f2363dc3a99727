/** The symbol file that is made of what a dump itself has: its symbols and types. */
@NullMarked
package org.vmcore.gdbstub.symbols.write;

import org.jspecify.annotations.NullMarked;
