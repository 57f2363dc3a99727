package org.vmcore.gdbstub.inspect.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.mm.FreePages;
import org.vmcore.gdbstub.linux.mm.PageFrames;
import org.vmcore.gdbstub.linux.mm.Zones;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** {@code kmem -f} and {@code -F}: what the buddy allocator had; {@code kmem -n}: the nodes. */
final class KmemFree {
  /** The counter of a zone's free pages (enum zone_stat_item, include/linux/mmzone.h). */
  private static final String FREE = "NR_FREE_PAGES";

  private static final long KIB = 1024;

  /** By bit of {@code section_mem_map} (include/linux/mmzone.h). */
  private static final String STATES = "PMOE";

  private static final long ORDER_ZERO = 1;

  private KmemFree() {}

  /**
   * @param counted free pages by the zones' counters
   * @param listed by their lists
   */
  record FreeLists(long pageSize, List<OfZone> zones, long counted, long listed)
      implements Kmem.Answer {}

  /**
   * The free pages of a zone.
   *
   * @param zone its number in the node
   * @param memMap address of the {@code struct page} of its first frame
   * @param start physical address that it begins with
   * @param index of its first frame among those of its node
   * @param areas none for a zone without memory
   */
  record OfZone(
      int node,
      int zone,
      String name,
      long spannedPages,
      long freePages,
      @Hex long memMap,
      @Hex long start,
      long index,
      List<Area> areas) {}

  /**
   * A list of free pieces.
   *
   * @param listHead address of the {@code struct list_head}
   * @param pages addresses of the first {@code struct page} of each
   */
  record Area(int order, @Hex long listHead, int blocks, long freePages, @Hex List<Long> pages) {}

  /** */
  record Nodes(long pageSize, List<Node> nodes, List<OfZone> zones, List<Section> sections)
      implements Kmem.Answer {}

  /**
   * A section of memory, where memory is kept in such.
   *
   * @param memSection address of that structure
   * @param codedMemMap its {@code section_mem_map} with the flags
   * @param memMap address of the {@code struct page} of its first frame
   * @param state a letter for each flag: present, has a map, online, early
   */
  record Section(
      long section,
      @Hex long memSection,
      @Hex long codedMemMap,
      @Hex long memMap,
      String state,
      long startFrame) {}

  /**
   * A node.
   *
   * @param pglistData address of that structure
   * @param memMap address of the {@code struct page} of its first frame
   */
  record Node(
      int node,
      long spannedPages,
      @Hex long pglistData,
      @Hex List<Long> zones,
      @Hex long memMap,
      @Hex long start,
      long startFrame) {}

  static FreeLists lists(PageKnowledge known) throws MissingFactException, KernelReadException {
    List<OfZone> zones = new ArrayList<>();
    long counted = 0;
    long listed = 0;
    List<Zones.Node> nodes = Zones.nodes(known.typed());
    for (Zones.Zone zone : Zones.read(known.typed())) {
      OfZone row = zone(known, nodes, zone, true);
      counted += row.freePages();
      listed += row.areas().stream().mapToLong(Area::freePages).sum();
      zones.add(row);
    }
    return new FreeLists(known.frames().pageBytes(), zones, counted, listed);
  }

  private static OfZone zone(
      PageKnowledge known, List<Zones.Node> nodes, Zones.Zone zone, boolean withAreas)
      throws KernelReadException {
    List<Area> areas = new ArrayList<>();
    if (withAreas) {
      for (FreePages.FreeArea area : FreePages.of(known.typed(), zone)) {
        known.call().notes().incomplete(area.problem());
        known.call().stillBusy();
        areas.add(
            new Area(area.order(), area.head(), area.pages().size(), area.count(), area.pages()));
      }
    }
    boolean empty = zone.spanned() == 0;
    long first = nodes.get(zone.node()).startFrame();
    return new OfZone(
        zone.node(),
        zone.number(),
        zone.name(),
        zone.spanned(),
        zone.counters().getOrDefault(FREE, 0L),
        empty ? 0 : known.frames().descriptor(zone.startFrame()).orElse(0),
        empty ? 0 : zone.startFrame() * known.frames().pageBytes(),
        empty ? 0 : zone.startFrame() - first,
        areas);
  }

  static Nodes nodes(PageKnowledge known) throws KernelReadException {
    List<Node> nodes = new ArrayList<>();
    List<Zones.Node> all = Zones.nodes(known.typed());
    for (Zones.Node node : all) {
      nodes.add(
          new Node(
              node.number(),
              node.spanned(),
              node.address(),
              node.zones(),
              known.frames().descriptor(node.startFrame()).orElse(0),
              node.startFrame() * known.frames().pageBytes(),
              node.startFrame()));
    }
    List<OfZone> zones = new ArrayList<>();
    for (Zones.Zone zone : Zones.read(known.typed())) {
      zones.add(zone(known, all, zone, false));
    }
    List<Section> sections = new ArrayList<>();
    for (PageFrames.Section one : known.frames().sections()) {
      sections.add(
          new Section(
              one.number(),
              one.address(),
              one.map(),
              known.frames().descriptor(one.firstFrame()).orElse(0),
              state(one),
              one.firstFrame()));
    }
    return new Nodes(known.frames().pageBytes(), nodes, zones, sections);
  }

  private static String state(PageFrames.Section section) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < STATES.length(); i++) {
      if (section.has(i)) {
        letters.append(STATES.charAt(i));
      }
    }
    return letters.toString();
  }

  /**
   * The free piece that a page is of.
   *
   * @param page address of the page's {@code struct page}, and {@code order} the piece's
   */
  record Piece(OfZone zone, Area area, @Hex long first, @Hex long page, long number) {}

  /** Looks for the list that a free page is on. */
  static Optional<Piece> piece(PageKnowledge known, long frame, int order)
      throws KernelReadException {
    long first = frame & -(ORDER_ZERO << order);
    OptionalLong page = known.frames().descriptor(first);
    List<Zones.Node> nodes = Zones.nodes(known.typed());
    for (Zones.Zone zone : Zones.read(known.typed())) {
      if (page.isPresent() && Long.compareUnsigned(frame - zone.startFrame(), zone.spanned()) < 0) {
        for (FreePages.FreeArea area : FreePages.of(known.typed(), zone)) {
          if (area.order() == order && area.pages().contains(page.getAsLong())) {
            return Optional.of(
                new Piece(
                    zone(known, nodes, zone, false),
                    new Area(order, area.head(), 1, 1L << order, List.of()),
                    page.getAsLong(),
                    known.frames().descriptor(frame).orElse(0),
                    frame - first));
          }
        }
      }
    }
    return Optional.empty();
  }

  /**
   * @param pages whether each is shown
   */
  static void print(FreeLists lists, boolean pages, Text out) {
    for (OfZone zone : lists.zones()) {
      head(zone, out);
      if (!pages && !zone.areas().isEmpty()) {
        out.print("AREA    SIZE  FREE_AREA_STRUCT  BLOCKS  PAGES\n");
      }
      for (Area area : zone.areas()) {
        if (pages) {
          area(area, lists.pageSize(), out);
          area.pages().forEach(page -> out.print("%x\n", page));
        } else {
          out.print(
              "%3d  %7dk  %16x  %6d  %5d\n",
              area.order(),
              (lists.pageSize() / KIB) << area.order(),
              area.listHead(),
              area.blocks(),
              area.freePages());
        }
      }
      out.print("\n");
    }
    out.print(
        "nr_free_pages: %d  %s\n",
        lists.counted(),
        lists.counted() == lists.listed()
            ? "(verified)"
            : Text.format("(found %d)", lists.listed()));
  }

  static void print(Piece piece, long pageSize, Text out) {
    head(piece.zone(), out);
    area(piece.area(), pageSize, out);
    long pages = ORDER_ZERO << piece.area().order();
    if (pages == 1) {
      out.print("%x\n", piece.first());
    } else {
      out.print(
          "%x  (%x is %s of %d pages)\n",
          piece.first(), piece.page(), ordinal(piece.number() + 1), pages);
    }
  }

  private static String ordinal(long number) {
    boolean teen = number / 10 % 10 == 1;
    String ending =
        teen
            ? "th"
            : number % 10 == 1 ? "st" : number % 10 == 2 ? "nd" : number % 10 == 3 ? "rd" : "th";
    return number + ending;
  }

  private static void head(OfZone zone, Text out) {
    out.print("ZONE  NAME        SIZE    FREE      MEM_MAP       START_PADDR  START_MAPNR\n");
    out.line(
        "%3d   %-10s %7d  %6d  %16x  %9x  %11d",
        zone.zone(),
        zone.name(),
        zone.spannedPages(),
        zone.freePages(),
        zone.memMap(),
        zone.start(),
        zone.index());
  }

  private static void area(Area area, long pageSize, Text out) {
    out.print("AREA    SIZE  FREE_AREA_STRUCT\n");
    out.print("%3d  %7dk  %16x\n", area.order(), (pageSize / KIB) << area.order(), area.listHead());
  }

  static void print(Nodes answer, Text out) {
    for (Node node : answer.nodes()) {
      out.print("NODE    SIZE      PGLIST_DATA       BOOTMEM_DATA       NODE_ZONES\n");
      for (int i = 0; i < node.zones().size(); i++) {
        if (i == 0) {
          out.print(
              "%3d   %6d  %18x        ----      %18x\n",
              node.node(), node.spannedPages(), node.pglistData(), node.zones().get(i));
        } else {
          out.print("%68x\n", node.zones().get(i));
        }
      }
      out.print("    MEM_MAP          START_PADDR    START_MAPNR\n");
      out.print("%16x  %13x  %13d\n\n", node.memMap(), node.start(), node.startFrame());
      out.print("ZONE  NAME         SIZE       MEM_MAP      START_PADDR  START_MAPNR\n");
      for (OfZone zone : answer.zones()) {
        if (zone.node() == node.node()) {
          out.print(
              "%3d   %-9s %7d  %16x  %11x  %11d\n",
              zone.zone(),
              zone.name(),
              zone.spannedPages(),
              zone.memMap(),
              zone.start(),
              zone.start() / answer.pageSize());
        }
      }
      out.print("\n%s\n\n", "-".repeat(67));
    }
    if (!answer.sections().isEmpty()) {
      out.print("NR      SECTION        CODED_MEM_MAP        MEM_MAP       STATE PFN\n");
    }
    for (Section one : answer.sections()) {
      out.print(
          "%2d  %16x  %16x  %16x  %-4s  %d\n",
          one.section(),
          one.memSection(),
          one.codedMemMap(),
          one.memMap(),
          one.state(),
          one.startFrame());
    }
  }
}
