/**
 * Architectures: page tables, register sets and PRSTATUS layouts over the physical memory of a
 * dump.
 *
 * <p>This module knows no debugger protocol and no file format. {@link
 * org.vmcore.arch.Architecture} is what a port implements; its documentation is the recipe.
 */
@NullMarked
package org.vmcore.arch;

import org.jspecify.annotations.NullMarked;
