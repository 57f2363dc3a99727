/** Programs and maps of BPF. */
@NullMarked
package org.vmcore.gdbstub.inspect.bpf;

import org.jspecify.annotations.NullMarked;
