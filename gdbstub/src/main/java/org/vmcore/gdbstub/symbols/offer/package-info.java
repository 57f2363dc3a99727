/**
 * What a debugger is given of the symbols of a dump: its vmlinux as debuggers take it best, the
 * files of its modules, and what is made of the dump alone. Knows no protocol.
 */
@NullMarked
package org.vmcore.gdbstub.symbols.offer;

import org.jspecify.annotations.NullMarked;
