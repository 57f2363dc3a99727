/** x86-64: four- and five-level page tables, PTI, SME, KASLR. */
@NullMarked
package org.vmcore.arch.x86_64;

import org.jspecify.annotations.NullMarked;
