package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The kernel's counters of memory events and uses, of the whole machine (Linux
 * include/linux/vmstat.h): {@code vm_zone_stat}, {@code vm_node_stat}, before 4.8 {@code vm_stat},
 * and each CPU's {@code vm_event_states}.
 */
public final class VmCounters {
  private VmCounters() {}

  /** By the names of the arrays, each by the names of the kernel's enumerations. */
  public static Map<String, Map<String, Long>> read(TypedMemory memory, List<Integer> cpus)
      throws KernelReadException {
    Map<String, Map<String, Long>> tables = new LinkedHashMap<>();
    add(memory, tables, "VM_ZONE_STAT", "vm_zone_stat", "enum zone_stat_item");
    add(memory, tables, "VM_NODE_STAT", "vm_node_stat", "enum node_stat_item");
    add(memory, tables, "VM_STAT", "vm_stat", "enum zone_stat_item");
    List<String> events = names(memory, "enum vm_event_item");
    if (memory.address("vm_event_states").isPresent() && !events.isEmpty()) {
      tables.put("VM_EVENT_STATES", events(memory, events, cpus));
    }
    if (tables.isEmpty()) {
      throw new KernelReadException(
          KernelReadException.Reason.ABSENT, "the kernel has none of the arrays of counters");
    }
    return tables;
  }

  private static void add(
      TypedMemory memory,
      Map<String, Map<String, Long>> tables,
      String title,
      String symbol,
      String enumeration)
      throws KernelReadException {
    List<String> names = names(memory, enumeration);
    if (memory.address(symbol).isEmpty() || names.isEmpty()) {
      return;
    }
    KernelObject first = memory.variable(symbol, "atomic_long_t");
    long bytes = first.type().size().orElse(0);
    Map<String, Long> counts = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      counts.put(names.get(i), first.moved(i * bytes).value("counter"));
    }
    tables.put(title, counts);
  }

  private static Map<String, Long> events(
      TypedMemory memory, List<String> names, List<Integer> cpus) throws KernelReadException {
    PerCpu perCpu = new PerCpu(memory);
    Map<String, Long> counts = new LinkedHashMap<>();
    for (int cpu : cpus) {
      OptionalLong at = perCpu.address("vm_event_states", cpu);
      if (at.isPresent()) {
        KernelObject events =
            memory.object("struct vm_event_state", at.getAsLong()).member("event");
        for (int i = 0; i < Math.min(names.size(), events.length()); i++) {
          counts.merge(names.get(i), events.element(i).value(), Long::sum);
        }
      }
    }
    return counts;
  }

  /** By their values, up to the last, which counts them. */
  private static List<String> names(TypedMemory memory, String enumeration) {
    List<String> names = new ArrayList<>();
    if (memory.types().find(enumeration).map(TypeRef::get).orElse(null)
        instanceof Type.Enumeration found) {
      for (Type.Enumerator one : found.enumerators()) {
        boolean counts = one.name().matches("NR_VM_.*_ITEMS");
        if (one.value() == names.size() && !counts) {
          names.add(one.name());
        } else if (one.value() == names.size() - 1 && !counts) {
          // The first of a group has a name for the group, too.
          names.set(names.size() - 1, one.name());
        }
      }
    }
    return names;
  }
}
