package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.types.Enumerators;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What page frames were used for, by their {@code struct page} (Linux include/linux/mm_types.h).
 * Its flags are bits by {@code enum pageflags} (include/linux/page-flags.h); a page that no process
 * maps may have a type instead of a count of mappings, whose values VMCOREINFO has, as makedumpfile
 * asks for them.
 */
public final class PageStates {
  private static final String PAGE = "struct page";

  /** The largest piece that the buddy allocator has: MAX_ORDER is 10, on some machines more. */
  private static final int MAX_ORDER = 13;

  /** Types that enum pagetype numbers, since 6.12 in the highest byte (commit 4ffca5a96678). */
  private static final String TYPE_PREFIX = "PGTY_";

  private static final int TYPE_SHIFT = 24;

  /** Bits of {@code mapping}: PAGE_MAPPING_ANON and PAGE_MAPPING_MOVABLE. */
  static final long ANONYMOUS = 1;

  static final long MOVABLE = 2;

  private final TypedMemory memory;
  private final PageFrames frames;
  private final Map<String, Long> flags;
  private final Map<String, Long> types;
  private final OptionalLong slabFlag;
  private final OptionalLong slabType;
  private final OptionalLong buddyType;

  /** What a page was. */
  public enum Use {
    /** In the page cache, of a file. */
    FILE,
    ANONYMOUS,
    SLAB,
    /** Free, in the buddy allocator. */
    FREE,
    /** Nobody holds it, though the buddy allocator has not got it back: in a CPU's own list. */
    UNUSED,
    RESERVED,
    PAGE_TABLE,
    /** The kernel's, or a driver's, for what it does not say. */
    KERNEL
  }

  /**
   * A page frame.
   *
   * @param frame its number
   * @param descriptor address of its {@code struct page}
   * @param head frame that the larger piece begins with that it is part of; else its own
   * @param headDescriptor the same as an address
   * @param flags names of those that are set, without PG_
   * @param order of the piece that is free, where it is
   * @param mapping {@code struct address_space} or {@code struct anon_vma}; 0 without
   * @param index in that, in pages
   * @param references {@code _refcount} of the head
   */
  public record Page(
      long frame,
      long descriptor,
      long head,
      long headDescriptor,
      Use use,
      List<String> flags,
      OptionalInt order,
      long mapping,
      long index,
      long references) {
    public Page {
      flags = List.copyOf(flags);
    }
  }

  public PageStates(TypedMemory memory, PageFrames frames, Optional<Vmcoreinfo> info) {
    this.memory = memory;
    this.frames = frames;
    this.flags = Enumerators.of(memory.types(), "enum pageflags");
    this.types = Enumerators.of(memory.types(), "enum pagetype");
    this.slabFlag = number(info, "PG_slab", flags.get("PG_slab"));
    this.slabType = number(info, "PAGE_SLAB_MAPCOUNT_VALUE", null);
    this.buddyType = number(info, "PAGE_BUDDY_MAPCOUNT_VALUE", null);
  }

  private static OptionalLong number(
      Optional<Vmcoreinfo> info, String name, @org.jspecify.annotations.Nullable Long otherwise) {
    OptionalLong told = info.map(i -> i.number(name)).orElse(OptionalLong.empty());
    return told.isPresent() || otherwise == null ? told : OptionalLong.of(otherwise);
  }

  /**
   * A {@code struct page} as it is.
   *
   * @param mapping bits and all
   */
  public record Raw(long mapping, long index, int references, long flags) {}

  /** What a {@code struct page} has, be it a head or a tail. */
  public Raw raw(long descriptor) throws KernelReadException {
    KernelObject page = memory.object(PAGE, descriptor);
    return new Raw(
        page.value("mapping"),
        PageMembers.INDEX.in(page).value(),
        (int) PageMembers.REFERENCES.in(page).value(),
        PageMembers.FLAGS.in(page).value());
  }

  /** The kernel's flags by name, with the bit of each; several may have one bit. */
  public Map<String, Long> flagBits() {
    Map<String, Long> bits = new LinkedHashMap<>(flags);
    bits.keySet().removeIf(name -> !name.startsWith("PG_"));
    return bits;
  }

  /** What a page frame was used for; empty where nothing describes it. */
  public Optional<Page> of(long frame) throws KernelReadException {
    OptionalLong descriptor = frames.descriptor(frame);
    if (descriptor.isEmpty()) {
      return Optional.empty();
    }
    KernelObject page = memory.object(PAGE, descriptor.getAsLong());
    long headAt = TailPages.headOf(page);
    OptionalLong headFrame = frames.frameOf(headAt);
    if (headFrame.isEmpty()) {
      headAt = descriptor.getAsLong();
      headFrame = OptionalLong.of(frame);
    }
    KernelObject head = headAt == descriptor.getAsLong() ? page : memory.object(PAGE, headAt);
    long bits = PageMembers.FLAGS.in(head).value();
    long references = PageMembers.REFERENCES.in(head).value();
    long type = PageMembers.TYPE.in(head).value() & 0xffff_ffffL;
    long mapping = head.value("mapping");
    // A free page has no users; the pages behind the first of a free piece are not marked.
    OptionalInt order = references == 0 ? freeOrder(frame) : OptionalInt.empty();
    Use use = order.isPresent() ? Use.FREE : use(bits, type, references, mapping);
    boolean mapped = use == Use.FILE || use == Use.ANONYMOUS;
    return Optional.of(
        new Page(
            frame,
            descriptor.getAsLong(),
            headFrame.getAsLong(),
            headAt,
            use,
            names(bits),
            order,
            mapped ? mapping & -4 : 0,
            mapped ? PageMembers.INDEX.in(head).value() + frame - headFrame.getAsLong() : 0,
            references));
  }

  private Use use(long bits, long type, long references, long mapping) {
    if (isSlab(bits, type)) {
      return Use.SLAB;
    } else if (isType(type, "table")) {
      return Use.PAGE_TABLE;
    } else if (isSet(bits, "PG_reserved")) {
      return Use.RESERVED;
    } else if (mapping != 0 && (mapping & MOVABLE) == 0 && references != 0) {
      return (mapping & ANONYMOUS) != 0 ? Use.ANONYMOUS : Use.FILE;
    } else if (mapping != 0 && (mapping & ANONYMOUS) != 0 && references != 0) {
      return Use.ANONYMOUS;
    }
    return references == 0 ? Use.UNUSED : Use.KERNEL;
  }

  private boolean isSlab(long bits, long type) {
    boolean flagged = slabFlag.isPresent() && (bits >>> slabFlag.getAsLong() & 1) != 0;
    return flagged
        || (slabType.isPresent() && isOf(type, slabType.getAsLong()))
        || isType(type, "slab");
  }

  /** A type is all of the number or, as one of enum pagetype, its highest byte. */
  private static boolean isOf(long type, long value) {
    long wanted = value & 0xffff_ffffL;
    boolean byByte = (wanted & ((1L << TYPE_SHIFT) - 1)) == 0;
    return type == wanted || (byByte && type >>> TYPE_SHIFT == wanted >>> TYPE_SHIFT);
  }

  private boolean isType(long type, String name) {
    Long number = types.get(TYPE_PREFIX + name);
    return number != null && type >>> TYPE_SHIFT == number;
  }

  private boolean isSet(long bits, String flag) {
    Long bit = flags.get(flag);
    return bit != null && (bits >>> bit & 1) != 0;
  }

  /** Only the first page of a free piece is marked, with the piece's order as its private data. */
  private OptionalInt freeOrder(long frame) {
    for (int order = 0; order <= MAX_ORDER && buddyType.isPresent(); order++) {
      long first = frame & -(1L << order);
      OptionalLong descriptor = frames.descriptor(first);
      if (descriptor.isEmpty()) {
        break;
      }
      try {
        KernelObject page = memory.object(PAGE, descriptor.getAsLong());
        long type = PageMembers.TYPE.in(page).value() & 0xffff_ffffL;
        if (isOf(type, buddyType.getAsLong())) {
          long its = page.value("private");
          return its >= order && its <= MAX_ORDER ? OptionalInt.of((int) its) : OptionalInt.empty();
        }
      } catch (KernelReadException e) {
        // That the page is free needs proof; without, its own state is told.
        break;
      }
    }
    return OptionalInt.empty();
  }

  /** The highest bits are numbers, and no flags: of the node, the zone and others. */
  public List<String> names(long bits) {
    List<String> names = new ArrayList<>();
    long all = flags.getOrDefault("__NR_PAGEFLAGS", (long) Integer.SIZE);
    long seen = 0;
    for (Map.Entry<String, Long> flag : flags.entrySet()) {
      long bit = flag.getValue();
      boolean known = bit < 0 || bit >= Math.min(all, Long.SIZE) || (seen >>> bit & 1) != 0;
      if (!known && (bits >>> bit & 1) != 0) {
        seen |= 1L << bit;
        names.add(flag.getKey().replaceFirst("^PG_", ""));
      }
    }
    return names;
  }
}
