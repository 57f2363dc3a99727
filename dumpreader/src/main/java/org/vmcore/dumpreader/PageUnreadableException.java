package org.vmcore.dumpreader;

import org.jspecify.annotations.Nullable;

/**
 * Carries the reason from where a page turned out to be unreadable to the read that wanted it,
 * where it becomes a {@link PhysicalFault}. It has no stack trace: damaged pages are expected.
 */
final class PageUnreadableException extends Exception {
  private final PhysicalFault.Reason reason;
  private final @Nullable String detail;

  PageUnreadableException(PhysicalFault.Reason reason, @Nullable String detail) {
    super(detail, null, false, false);
    this.reason = reason;
    this.detail = detail;
  }

  PhysicalFault.Reason reason() {
    return reason;
  }

  PhysicalFault at(long physicalAddress) {
    return new PhysicalFault(reason, physicalAddress, detail);
  }
}
