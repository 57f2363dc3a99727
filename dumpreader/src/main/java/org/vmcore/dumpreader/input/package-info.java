/** Bytes by position: files, parts of files, several files as one. */
@NullMarked
package org.vmcore.dumpreader.input;

import org.jspecify.annotations.NullMarked;
