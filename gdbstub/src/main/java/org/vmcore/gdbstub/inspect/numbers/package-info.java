/** What numbers mean: arithmetic, characters, page-table entries, page frames. */
@NullMarked
package org.vmcore.gdbstub.inspect.numbers;

import org.jspecify.annotations.NullMarked;
