/**
 * Many dumps, sorted by what went wrong: {@link org.vmcore.triage.Sources} finds them, {@link
 * org.vmcore.triage.Crew} has several of them examined at a time, {@link
 * org.vmcore.triage.Database} keeps a record of each, {@link org.vmcore.triage.Groups} tells which
 * are the same.
 */
@NullMarked
package org.vmcore.triage;

import org.jspecify.annotations.NullMarked;
