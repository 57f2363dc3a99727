/**
 * What an address is: {@link org.vmcore.gdbstub.inspect.address.Identifier} for other questions,
 * which show it beside values, and the question of that alone.
 */
@NullMarked
package org.vmcore.gdbstub.inspect.address;

import org.jspecify.annotations.NullMarked;
