/**
 * The kernel's C types and objects of these types in a dump's memory.
 *
 * <p>{@link org.vmcore.gdbstub.kernel.types.TypedMemory} is where readers of kernel structures
 * start; {@link org.vmcore.gdbstub.kernel.types.Btf} is where types come from.
 */
@NullMarked
package org.vmcore.gdbstub.kernel.types;

import org.jspecify.annotations.NullMarked;
