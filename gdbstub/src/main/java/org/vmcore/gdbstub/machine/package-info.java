/** The crashed machine: a dump, its architecture and its kernel put together. */
@NullMarked
package org.vmcore.gdbstub.machine;

import org.jspecify.annotations.NullMarked;
