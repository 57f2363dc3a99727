/**
 * What the tests of all modules share: real dumps, from the corpus or from the lab, with what
 * others say of them; and the programs that tests drive.
 */
@NullMarked
package org.vmcore.testing;

import org.jspecify.annotations.NullMarked;
