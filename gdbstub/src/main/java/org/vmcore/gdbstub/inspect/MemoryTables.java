package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.linux.mm.VmallocAreas;
import org.vmcore.gdbstub.linux.mm.VmallocAreas.Area;
import org.vmcore.gdbstub.linux.mm.Zones.Zone;

/** What {@code kmem -v} and {@code kmem -z} print. */
final class MemoryTables {
  private MemoryTables() {}

  /** A table of areas; kernels before 3.10 have no {@code VMAP_AREA} of them. */
  static Answer vmalloc(VmallocAreas.Found found, int digits) {
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    boolean old = found.areas().stream().allMatch(area -> area.area() == 0);
    String range = "%" + digits + "s - %" + digits + "s";
    String row = "%-" + digits + "s  " + range + "  %7s\n";
    if (!old) {
      text.append(("%-" + digits + "s  ").formatted(centred("VMAP_AREA", digits)));
    }
    text.append(("%-" + digits + "s  ").formatted(centred("VM_STRUCT", digits)));
    int width = 2 * digits + 3;
    String title = ("%-" + width + "s").formatted(centred("ADDRESS RANGE", width));
    text.append("%s  %7s\n".formatted(title, "SIZE"));
    for (Area area : found.areas()) {
      if (!old) {
        text.append(("%-" + digits + "x  ").formatted(area.area()));
      }
      long bytes = area.end() - area.start();
      text.append(
          row.formatted(
              Long.toHexString(area.structure()),
              Long.toHexString(area.start()),
              Long.toHexString(area.end()),
              Long.toUnsignedString(bytes)));
      Map<String, Object> one = new LinkedHashMap<>();
      if (!old) {
        one.put("vmap_area", KernelCommand.hex(area.area()));
      }
      one.put("vm_struct", KernelCommand.hex(area.structure()));
      one.put("start", KernelCommand.hex(area.start()));
      one.put("end", KernelCommand.hex(area.end()));
      one.put("size", bytes);
      tree.add(one);
    }
    return new Answer(text + KernelCommand.note(found.problem()), tree);
  }

  private static String centred(String title, int width) {
    return " ".repeat(Math.max((width - title.length()) / 2, 0)) + title;
  }

  /** A paragraph for each zone. */
  static Answer zones(List<Zone> zones) {
    StringBuilder text = new StringBuilder();
    List<Object> tree = new ArrayList<>();
    for (Zone zone : zones) {
      text.append(
          "NODE: %d  ZONE: %d  ADDR: %x  NAME: \"%s\"\n"
              .formatted(zone.node(), zone.number(), zone.address(), zone.name()));
      if (zone.spanned() == 0) {
        text.append("  [unpopulated]\n");
      } else {
        populated(text, zone);
      }
      text.append('\n');
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("node", zone.node());
      one.put("zone", zone.number());
      one.put("address", KernelCommand.hex(zone.address()));
      one.put("name", zone.name());
      one.put("spanned_pages", zone.spanned());
      one.put("present_pages", zone.present());
      one.put("watermarks", zone.watermarks());
      one.put("counters", zone.counters());
      tree.add(one);
    }
    return new Answer(text.toString(), tree);
  }

  private static void populated(StringBuilder text, Zone zone) {
    text.append("  SIZE: %d  PRESENT: %d".formatted(zone.spanned(), zone.present()));
    if (zone.watermarks().size() == 3) {
      List<String> marks = zone.watermarks().stream().map(String::valueOf).toList();
      text.append("  MIN/LOW/HIGH: ").append(String.join("/", marks));
    }
    text.append("\n  VM_STAT:\n");
    int width = zone.counters().keySet().stream().mapToInt(String::length).max().orElse(1);
    zone.counters()
        .forEach((name, value) -> text.append(("%" + width + "s: %d\n").formatted(name, value)));
  }
}
