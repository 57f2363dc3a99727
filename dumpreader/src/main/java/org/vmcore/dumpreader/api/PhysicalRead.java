package org.vmcore.dumpreader.api;

import org.jspecify.annotations.Nullable;

/**
 * What a read of physical memory got.
 *
 * @param length bytes stored, from the first address on without a gap
 * @param fault why it stopped, or null when all bytes were read
 */
public record PhysicalRead(int length, @Nullable PhysicalFault fault) {
  /** A read that got all it asked for. */
  public static PhysicalRead complete(int length) {
    return new PhysicalRead(length, null);
  }

  public boolean isComplete() {
    return fault == null;
  }
}
