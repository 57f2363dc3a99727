/**
 * What pstore kept of the log and of users' words, of this boot and of earlier ones (Linux
 * fs/pstore).
 */
@NullMarked
package org.vmcore.gdbstub.linux.pstore;

import org.jspecify.annotations.NullMarked;
