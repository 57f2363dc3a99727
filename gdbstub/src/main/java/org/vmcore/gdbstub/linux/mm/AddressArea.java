package org.vmcore.gdbstub.linux.mm;

/**
 * A part of the kernel's addresses that is for one purpose.
 *
 * @param name as the kernel's documentation has it
 * @param last its last address
 */
public record AddressArea(String name, long first, long last) {
  public boolean contains(long address) {
    return Long.compareUnsigned(address, first) >= 0 && Long.compareUnsigned(address, last) <= 0;
  }
}
