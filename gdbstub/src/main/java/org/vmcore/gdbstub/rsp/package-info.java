/**
 * The GDB Remote Serial Protocol (GDB manual, appendix "GDB Remote Serial Protocol") as a state
 * machine fed with bytes. Knows no dump and no network: what is debugged is a {@link
 * org.vmcore.gdbstub.rsp.Target}.
 */
@NullMarked
package org.vmcore.gdbstub.rsp;

import org.jspecify.annotations.NullMarked;
