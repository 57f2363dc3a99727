/**
 * Kernel crash dumps as physical memory, notes and VMCOREINFO.
 *
 * <p>This module knows file formats and compression and nothing of page tables: a virtual address
 * means nothing here. Data flows one way: {@link org.vmcore.dumpreader.api.DumpInput} (bytes of a
 * file) to {@link org.vmcore.dumpreader.api.DumpFormat} (which grammar those bytes follow) to
 * {@link org.vmcore.dumpreader.api.Dump} (what they say). This package is the registry alone, which
 * knows every format and which no format knows.
 */
@NullMarked
package org.vmcore.dumpreader;

import org.jspecify.annotations.NullMarked;
