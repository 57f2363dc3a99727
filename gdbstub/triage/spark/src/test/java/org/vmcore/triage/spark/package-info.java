@NullMarked
package org.vmcore.triage.spark;

import org.jspecify.annotations.NullMarked;
