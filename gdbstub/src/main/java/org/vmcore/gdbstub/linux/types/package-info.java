/**
 * The kernel's C types and objects of these types in a dump's memory.
 *
 * <p>{@link org.vmcore.gdbstub.linux.types.TypedMemory} is where readers of kernel structures
 * start; {@link org.vmcore.gdbstub.linux.types.Btf} is where types come from.
 */
@NullMarked
package org.vmcore.gdbstub.linux.types;

import org.jspecify.annotations.NullMarked;
