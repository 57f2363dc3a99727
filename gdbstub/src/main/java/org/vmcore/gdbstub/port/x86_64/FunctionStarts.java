package org.vmcore.gdbstub.port.x86_64;

import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/** Where functions start. */
final class FunctionStarts {
  private final long[] addresses;

  /**
   * @param addresses in any order
   */
  FunctionStarts(LongStream addresses) {
    this.addresses = addresses.sorted().distinct().toArray();
  }

  boolean isEmpty() {
    return addresses.length == 0;
  }

  boolean contains(long address) {
    return Arrays.binarySearch(addresses, address) >= 0;
  }

  /** The first after one and before another, both of the kernel's half of the addresses. */
  OptionalLong between(long address, long end) {
    int found = Arrays.binarySearch(addresses, address + 1);
    int next = found >= 0 ? found : -found - 1;
    return next < addresses.length && addresses[next] < end
        ? OptionalLong.of(addresses[next])
        : OptionalLong.empty();
  }
}
