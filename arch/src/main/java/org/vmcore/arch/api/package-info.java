/** What an architecture implements, and what it says: the machine, its CPUs, their registers. */
@NullMarked
package org.vmcore.arch.api;

import org.jspecify.annotations.NullMarked;
