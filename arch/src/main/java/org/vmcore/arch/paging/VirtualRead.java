package org.vmcore.arch.paging;

import org.jspecify.annotations.Nullable;

/**
 * What a read of virtual memory got.
 *
 * @param length bytes stored, from the first address on without a gap
 * @param fault why it stopped, or null when all bytes were read
 */
public record VirtualRead(int length, @Nullable Fault fault) {
  public boolean isComplete() {
    return fault == null;
  }
}
