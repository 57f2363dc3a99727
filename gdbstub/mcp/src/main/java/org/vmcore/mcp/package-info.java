/** The questions of a crashed machine as tools of the Model Context Protocol. */
@NullMarked
package org.vmcore.mcp;

import org.jspecify.annotations.NullMarked;
