package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.gdbstub.linux.LinuxKernel.PhysicalRange;

/** Physical memory as ranges without a gap, and how much of each the dump holds. */
final class MemoryReport implements PhysicalMemory.RangeVisitor {
  private final List<Map<String, Object>> ranges = new ArrayList<>();
  private final Map<Presence, Long> total = new EnumMap<>(Presence.class);
  private final Map<Presence, Long> inRange = new EnumMap<>(Presence.class);
  private long start;
  private long end;

  private MemoryReport() {}

  static Map<String, Object> of(PhysicalMemory memory, List<PhysicalRange> crashKernel) {
    MemoryReport report = new MemoryReport();
    memory.forEachRange(report);
    report.endRange();
    Map<String, Object> map = new LinkedHashMap<>(amounts(report.total));
    if (!crashKernel.isEmpty()) {
      map.put("crash_kernel", crashKernel.stream().map(MemoryReport::range).toList());
    }
    map.put("ranges", report.ranges);
    return map;
  }

  private static Map<String, Object> range(PhysicalRange range) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("start", MachineReport.hex(range.start()));
    map.put("end", MachineReport.hex(range.start() + range.length()));
    map.put("bytes", range.length());
    return map;
  }

  @Override
  public void visit(long at, long length, Presence presence) {
    if (at != end) {
      endRange();
      start = at;
    }
    end = at + length;
    inRange.merge(presence, length, Long::sum);
    total.merge(presence, length, Long::sum);
  }

  private void endRange() {
    if (!inRange.isEmpty()) {
      Map<String, Object> range = new LinkedHashMap<>();
      range.put("start", MachineReport.hex(start));
      range.put("end", MachineReport.hex(end));
      range.putAll(amounts(inRange));
      ranges.add(range);
      inRange.clear();
    }
  }

  /** Bytes by presence, all of them named, so that scripts need not ask. */
  private static Map<String, Object> amounts(Map<Presence, Long> bytes) {
    Map<String, Object> amounts = new LinkedHashMap<>();
    amounts.put("bytes", bytes.values().stream().mapToLong(Long::longValue).sum());
    for (Presence presence : Presence.values()) {
      amounts.put(presence.name().toLowerCase(Locale.ROOT), bytes.getOrDefault(presence, 0L));
    }
    return amounts;
  }
}
