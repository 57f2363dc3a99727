/** What a dump is to those who read it, and what a format implements. Knows no format. */
@NullMarked
package org.vmcore.dumpreader.api;

import org.jspecify.annotations.NullMarked;
