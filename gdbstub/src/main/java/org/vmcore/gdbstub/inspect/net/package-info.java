/** Questions about the network and other communication of processes. */
@NullMarked
package org.vmcore.gdbstub.inspect.net;

import org.jspecify.annotations.NullMarked;
