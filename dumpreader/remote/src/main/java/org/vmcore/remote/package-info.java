/**
 * Dumps that lie on other machines. A {@link org.vmcore.remote.RemoteObject} fetches pieces of one;
 * a {@link org.vmcore.remote.RemoteInput} makes few and large pieces of many and small reads.
 */
@NullMarked
package org.vmcore.remote;

import org.jspecify.annotations.NullMarked;
