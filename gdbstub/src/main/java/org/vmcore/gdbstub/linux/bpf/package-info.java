/** Programs and maps of BPF. */
@NullMarked
package org.vmcore.gdbstub.linux.bpf;

import org.jspecify.annotations.NullMarked;
