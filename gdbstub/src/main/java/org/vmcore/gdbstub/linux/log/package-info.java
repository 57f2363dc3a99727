/** The kernel's log, which {@code dmesg} shows: found by VMCOREINFO alone where there is one. */
@NullMarked
package org.vmcore.gdbstub.linux.log;

import org.jspecify.annotations.NullMarked;
