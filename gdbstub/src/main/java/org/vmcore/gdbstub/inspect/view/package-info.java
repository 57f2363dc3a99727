/**
 * How answers are shown: as text that may reach a terminal, as JSON, as HTML. What came from a dump
 * is escaped here and nowhere else, by the rules of each.
 */
@NullMarked
package org.vmcore.gdbstub.inspect.view;

import org.jspecify.annotations.NullMarked;
