/** What people ask about the machine: each question a query, answered as text or JSON. */
@NullMarked
package org.vmcore.gdbstub.inspect;

import org.jspecify.annotations.NullMarked;
