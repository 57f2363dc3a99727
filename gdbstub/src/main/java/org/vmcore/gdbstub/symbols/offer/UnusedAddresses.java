package org.vmcore.gdbstub.symbols.offer;

/**
 * Addresses for what has none in the machine: sections of modules that were freed after they had
 * run, and libraries without code. gdb must be told one of each section, and none may be 0: until
 * gdb 16 that means "moved as far as the section before", which puts freed functions over others,
 * and gdb 18 takes a library whose lowest address another file has for that file, the program (at
 * 0) among them. No two are the same.
 */
final class UnusedAddresses {
  /** Between user and kernel addresses, where no architecture of 64 bits has memory. */
  private static final long WIDE = 0x9000_0000_0000_0000L;

  /** Of 32 bits: the page after the first, below every program (vm.mmap_min_addr). */
  private static final long NARROW = 0x1000;

  private static final int STEP = 16;

  private long next;

  /**
   * @param wordBytes 4 or 8
   */
  UnusedAddresses(int wordBytes) {
    this.next = wordBytes == Long.BYTES ? WIDE : NARROW;
  }

  long next() {
    long address = next;
    next += STEP;
    return address;
  }
}
