package org.vmcore.gdbstub.machine.process;

import org.vmcore.gdbstub.linux.tasks.Mapping;

/**
 * Which parts of a process's memory go into its core, by the bits of {@code
 * /proc/PID/coredump_filter} (Linux fs/coredump.c, vma_dump_size(); Documentation/filesystems/
 * proc.rst, "coredump_filter").
 *
 * @param bits of the filter
 * @param pageBytes which the kernel keeps of a file's start, whose header tells what it is
 */
record DumpFilter(int bits, int pageBytes) {
  private static final int ANONYMOUS_PRIVATE = 1;
  private static final int ANONYMOUS_SHARED = 2;
  private static final int MAPPED_PRIVATE = 4;
  private static final int MAPPED_SHARED = 8;
  private static final int ELF_HEADERS = 16;
  private static final int HUGE_PRIVATE = 32;
  private static final int HUGE_SHARED = 64;

  private boolean has(int kind) {
    return (bits & kind) != 0;
  }

  /** How many bytes of it, from its start; all or nothing but for headers. */
  long size(Mapping mapping) {
    var region = mapping.region();
    boolean backed = mapping.file().isPresent();
    if (!mapping.anonymous() && !backed) {
      // The kernel's own pages have names, and always go along, but for those of devices.
      return region.isDevice() || region.isLeftOutOfCores() ? 0 : region.size();
    }
    if (region.isLeftOutOfCores() || region.isDevice()) {
      return 0;
    }
    if (region.isOfHugePages()) {
      return has(region.isShared() ? HUGE_SHARED : HUGE_PRIVATE) ? region.size() : 0;
    }
    if (region.isShared()) {
      boolean nameless = mapping.file().filter(file -> file.links() > 0).isEmpty();
      return has(nameless ? ANONYMOUS_SHARED : MAPPED_SHARED) ? region.size() : 0;
    }
    if (mapping.written() && has(ANONYMOUS_PRIVATE)) {
      return region.size();
    }
    if (!backed) {
      return 0;
    }
    if (has(MAPPED_PRIVATE)) {
      return region.size();
    }
    boolean start = region.filePage() == 0 && region.isReadable();
    return has(ELF_HEADERS) && start ? Math.min(pageBytes, region.size()) : 0;
  }
}
