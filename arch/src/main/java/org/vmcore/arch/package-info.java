/**
 * Architectures: page tables, register sets and PRSTATUS layouts over the physical memory of a
 * dump.
 *
 * <p>This module knows no debugger protocol and no file format. {@link
 * org.vmcore.arch.api.Architecture} is what a port implements; its documentation is the recipe.
 * This package is the list of them alone, which knows every architecture and which none knows.
 */
@NullMarked
package org.vmcore.arch;

import org.jspecify.annotations.NullMarked;
