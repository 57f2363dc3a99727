/**
 * JMH benchmarks, each of one step on the way from a dump file to a debugger. Run by {@code
 * it-tests/bin/benchmark}; they need no corpus.
 */
@NullMarked
package org.vmcore.it.bench;

import org.jspecify.annotations.NullMarked;
