/** Symbol files made of what a dump itself has: its kernel's symbols and types. */
@NullMarked
package org.vmcore.gdbstub.symbols.made;

import org.jspecify.annotations.NullMarked;
