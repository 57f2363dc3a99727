/** ELF notes and VMCOREINFO, read from bytes. */
@NullMarked
package org.vmcore.dumpreader.note;

import org.jspecify.annotations.NullMarked;
