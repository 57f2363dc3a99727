package org.vmcore.gdbstub.inspect.tasks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The bits of {@code vm_flags} that have kept their places (Linux include/linux/mm.h). */
final class RegionFlags {
  private static final Map<Long, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put(1L, "READ");
    NAMES.put(2L, "WRITE");
    NAMES.put(4L, "EXEC");
    NAMES.put(8L, "SHARED");
    NAMES.put(0x10L, "MAYREAD");
    NAMES.put(0x20L, "MAYWRITE");
    NAMES.put(0x40L, "MAYEXEC");
    NAMES.put(0x80L, "MAYSHARE");
    NAMES.put(0x100L, "GROWSDOWN");
    NAMES.put(0x400L, "PFNMAP");
    NAMES.put(0x2000L, "LOCKED");
    NAMES.put(0x4000L, "IO");
    NAMES.put(0x8000L, "SEQ_READ");
    NAMES.put(0x10000L, "RAND_READ");
    NAMES.put(0x20000L, "DONTCOPY");
    NAMES.put(0x40000L, "DONTEXPAND");
    NAMES.put(0x100000L, "ACCOUNT");
    NAMES.put(0x200000L, "NORESERVE");
    NAMES.put(0x400000L, "HUGETLB");
    NAMES.put(0x4000000L, "DONTDUMP");
    NAMES.put(0x10000000L, "MIXEDMAP");
    NAMES.put(0x20000000L, "HUGEPAGE");
    NAMES.put(0x40000000L, "NOHUGEPAGE");
    NAMES.put(0x80000000L, "MERGEABLE");
  }

  private RegionFlags() {}

  /** The names of those that are set, the lowest first. */
  static List<String> names(long flags) {
    List<String> names = new ArrayList<>();
    NAMES.forEach(
        (bit, name) -> {
          if ((flags & bit) != 0) {
            names.add(name);
          }
        });
    return names;
  }
}
