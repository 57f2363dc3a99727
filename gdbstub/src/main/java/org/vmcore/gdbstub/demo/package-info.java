/** A tiny made-up kernel that has crashed, for trying the program out and for its tests. */
@NullMarked
package org.vmcore.gdbstub.demo;

import org.jspecify.annotations.NullMarked;
