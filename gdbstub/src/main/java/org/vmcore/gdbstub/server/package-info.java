/**
 * Netty around {@link org.vmcore.gdbstub.rsp}: TCP, Unix sockets and standard streams, one worker
 * per session.
 */
@NullMarked
package org.vmcore.gdbstub.server;

import org.jspecify.annotations.NullMarked;
