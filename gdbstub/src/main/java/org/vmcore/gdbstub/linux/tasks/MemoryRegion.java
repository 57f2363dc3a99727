package org.vmcore.gdbstub.linux.tasks;

/**
 * A region of a process' memory.
 *
 * @param address of its {@code vm_area_struct}
 * @param start its first byte
 * @param end the byte after its last
 * @param flags {@code vm_flags} (Linux include/linux/mm.h)
 * @param filePage page of the file that it starts with
 * @param file path of the file that is mapped, or what it is in brackets, such as {@code [stack]};
 *     empty for memory without a file
 */
public record MemoryRegion(
    long address, long start, long end, long flags, long filePage, String file) {
  private static final int VM_READ = 1;
  private static final int VM_WRITE = 2;
  private static final int VM_EXEC = 4;
  private static final int VM_SHARED = 8;
  private static final int VM_MAYSHARE = 0x80;
  private static final int VM_IO = 0x4000;
  private static final int VM_HUGETLB = 0x40_0000;
  private static final int VM_DONTDUMP = 0x400_0000;

  /** Such as {@code rw-p}, as in /proc/PID/maps. */
  public String permissions() {
    return ((flags & VM_READ) != 0 ? "r" : "-")
        + ((flags & VM_WRITE) != 0 ? "w" : "-")
        + ((flags & VM_EXEC) != 0 ? "x" : "-")
        + ((flags & VM_MAYSHARE) != 0 ? "s" : "p");
  }

  /** The same of a file that has another path. */
  MemoryRegion renamed(String path) {
    return new MemoryRegion(address, start, end, flags, filePage, path);
  }

  /** Length in bytes. */
  public long size() {
    return end - start;
  }

  public boolean isReadable() {
    return (flags & VM_READ) != 0;
  }

  public boolean isWritable() {
    return (flags & VM_WRITE) != 0;
  }

  public boolean isExecutable() {
    return (flags & VM_EXEC) != 0;
  }

  /** Whether what is written there is for others, too. */
  public boolean isShared() {
    return (flags & VM_SHARED) != 0;
  }

  /** Registers and memory of a device. */
  public boolean isDevice() {
    return (flags & VM_IO) != 0;
  }

  public boolean isOfHugePages() {
    return (flags & VM_HUGETLB) != 0;
  }

  /** Whether the process has it left out of its cores ({@code MADV_DONTDUMP}). */
  public boolean isLeftOutOfCores() {
    return (flags & VM_DONTDUMP) != 0;
  }
}
