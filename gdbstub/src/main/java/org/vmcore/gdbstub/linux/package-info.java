/**
 * The kernel that crashed: its symbols, types and memory as one, under which packages of single
 * subjects read what it knew. Knows no protocol.
 */
@NullMarked
package org.vmcore.gdbstub.linux;

import org.jspecify.annotations.NullMarked;
