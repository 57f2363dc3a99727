package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The zones that each node's memory is in (Linux include/linux/mmzone.h). */
public final class Zones {
  private static final String NODE = "struct pglist_data";

  /** 1 << CONFIG_NODES_SHIFT, which is at most 10. */
  private static final int MAX_NODES = 1 << 10;

  private Zones() {}

  /**
   * A zone; numbers are of pages.
   *
   * @param number in its node
   * @param address of its {@code struct zone}
   * @param startFrame its first
   * @param spanned with the holes in it
   * @param present without
   * @param watermarks below which memory is reclaimed: min, low, high
   * @param counters by their names in {@code enum zone_stat_item}
   */
  public record Zone(
      int node,
      int number,
      long address,
      String name,
      long startFrame,
      long spanned,
      long present,
      List<Long> watermarks,
      Map<String, Long> counters) {
    public Zone {
      watermarks = List.copyOf(watermarks);
    }
  }

  /**
   * A node.
   *
   * @param address of its {@code struct pglist_data}
   * @param startFrame its first
   * @param spanned frames, with the holes among them
   * @param zones addresses of its zones
   */
  public record Node(int number, long address, long startFrame, long spanned, List<Long> zones) {
    public Node {
      zones = List.copyOf(zones);
    }
  }

  /**
   * All nodes.
   *
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static List<Node> nodes(TypedMemory memory) throws KernelReadException {
    List<Node> nodes = new ArrayList<>();
    for (KernelObject node : objects(memory)) {
      List<Long> zones = new ArrayList<>();
      node.member("node_zones").elements().forEach(zone -> zones.add(zone.address()));
      nodes.add(
          new Node(
              nodes.size(),
              node.address(),
              node.value("node_start_pfn"),
              node.value("node_spanned_pages"),
              zones));
    }
    return nodes;
  }

  /**
   * All zones, without memory too.
   *
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static List<Zone> read(TypedMemory memory) throws KernelReadException {
    List<Zone> zones = new ArrayList<>();
    int number = 0;
    for (KernelObject node : objects(memory)) {
      addNode(zones, number++, node);
    }
    return zones;
  }

  private static List<KernelObject> objects(TypedMemory memory) throws KernelReadException {
    if (memory.address("contig_page_data").isPresent()) {
      return List.of(memory.variable("contig_page_data", NODE));
    }
    Optional<Long> nodes = memory.address("node_data");
    if (nodes.isEmpty()) {
      throw new KernelReadException(
          Reason.ABSENT, "the kernel has no symbol 'node_data' or 'contig_page_data'");
    }
    List<KernelObject> all = new ArrayList<>();
    int wordBytes = memory.memory().wordBytes();
    for (int i = 0; i < MAX_NODES; i++) {
      OptionalLong node = memory.memory().word(nodes.get() + (long) i * wordBytes);
      if (node.isEmpty() || node.getAsLong() == 0) {
        break;
      }
      all.add(memory.object(NODE, node.getAsLong()));
    }
    return all;
  }

  private static void addNode(List<Zone> zones, int number, KernelObject node)
      throws KernelReadException {
    List<KernelObject> all = node.member("node_zones").elements();
    for (int i = 0; i < all.size(); i++) {
      zones.add(zone(number, i, all.get(i)));
    }
  }

  private static Zone zone(int node, int number, KernelObject zone) throws KernelReadException {
    List<Long> watermarks = new ArrayList<>();
    for (KernelObject mark : MemoryMembers.WATERMARKS.in(zone).elements()) {
      watermarks.add(mark.value());
    }
    return new Zone(
        node,
        number,
        zone.address(),
        zone.string("name"),
        zone.value("zone_start_pfn"),
        zone.value("spanned_pages"),
        zone.value("present_pages"),
        watermarks.subList(0, Math.min(watermarks.size(), 3)),
        counters(zone));
  }

  private static Map<String, Long> counters(KernelObject zone) throws KernelReadException {
    Map<String, Long> counters = new LinkedHashMap<>();
    Optional<Type> items =
        zone.memory().types().find("enum zone_stat_item").map(found -> found.get().resolved());
    List<KernelObject> values = zone.member("vm_stat").elements();
    if (items.isEmpty() || !(items.get() instanceof Type.Enumeration enumeration)) {
      return counters;
    }
    // Where two have one number, the first is a mere alias of it.
    SortedMap<Long, String> names = new TreeMap<>();
    enumeration.enumerators().forEach(item -> names.put(item.value(), item.name()));
    for (Map.Entry<Long, String> name : names.entrySet()) {
      if (name.getKey() >= 0 && name.getKey() < values.size()) {
        KernelObject value = values.get(name.getKey().intValue());
        counters.put(name.getValue(), value.member("counter").value());
      }
    }
    return counters;
  }
}
