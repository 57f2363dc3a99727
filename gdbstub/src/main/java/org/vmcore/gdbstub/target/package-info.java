/** Puts a dump, its architecture and its kernel together as what a debugger is shown. */
@NullMarked
package org.vmcore.gdbstub.target;

import org.jspecify.annotations.NullMarked;
