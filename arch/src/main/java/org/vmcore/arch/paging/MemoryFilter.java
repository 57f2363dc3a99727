package org.vmcore.arch.paging;

/** Changes bytes of virtual memory on their way to a debugger. Safe for use by several threads. */
@FunctionalInterface
public interface MemoryFilter {
  MemoryFilter NONE = (virtualAddress, bytes, offset, length) -> {};

  /**
   * @param virtualAddress where the bytes are from
   * @param bytes of memory, from {@code offset} on; changed in place
   */
  void apply(long virtualAddress, byte[] bytes, int offset, int length);
}
