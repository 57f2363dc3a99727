/**
 * Call-frame information for code that has none of its own, so that any debugger unwinds through
 * it. Knows DWARF and the kernel's ways, no protocol.
 */
@NullMarked
package org.vmcore.gdbstub.symbols.write.frames;

import org.jspecify.annotations.NullMarked;
