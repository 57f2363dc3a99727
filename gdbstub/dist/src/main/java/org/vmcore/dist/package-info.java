/**
 * What packages have beside the program: manuals, completions, the root file system of an image.
 */
@NullMarked
package org.vmcore.dist;

import org.jspecify.annotations.NullMarked;
