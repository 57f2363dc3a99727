package org.vmcore.dumpreader.page;

import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.PhysicalFault;

/**
 * Carries the reason from where a page turned out to be unreadable to the read that wanted it,
 * where it becomes a {@link PhysicalFault}. It has no stack trace: damaged pages are expected.
 */
public final class PageUnreadableException extends Exception {
  private final PhysicalFault.Reason reason;
  private final @Nullable String detail;

  public PageUnreadableException(PhysicalFault.Reason reason, @Nullable String detail) {
    super(detail, null, false, false);
    this.reason = reason;
    this.detail = detail;
  }

  public PhysicalFault.Reason reason() {
    return reason;
  }

  public PhysicalFault at(long physicalAddress) {
    return new PhysicalFault(reason, physicalAddress, detail);
  }
}
