package org.vmcore.gdbstub.inspect.memory;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.mm.SlabContents;

/**
 * A slab with its objects.
 *
 * @param slab address of its {@code struct slab} or {@code struct page}
 * @param memory of its first object
 * @param objects those that were asked for
 */
record SlabRow(
    @Hex long slab,
    @Hex long memory,
    int node,
    int total,
    int allocated,
    int free,
    List<Item> objects) {
  /**
   * An object.
   *
   * @param cpu that keeps the free object for itself
   */
  record Item(@Hex long address, boolean allocated, OptionalInt cpu) {}

  static SlabRow of(SlabContents.Slab slab) {
    int total = slab.objects().size();
    return new SlabRow(
        slab.address(),
        slab.memory(),
        slab.node(),
        total,
        total - slab.free(),
        slab.free(),
        slab.objects().stream()
            .map(one -> new Item(one.address(), one.allocated(), one.cpu()))
            .toList());
  }

  /** The same with no other object than the one that an address is in, or is before. */
  SlabRow around(long address) {
    OptionalLong start =
        objects.stream()
            .mapToLong(Item::address)
            .filter(at -> Long.compareUnsigned(at, address) <= 0)
            .reduce((first, last) -> last);
    return new SlabRow(
        slab,
        memory,
        node,
        total,
        allocated,
        free,
        objects.stream()
            .filter(one -> start.isPresent() && one.address() == start.getAsLong())
            .toList());
  }

  /** An object that is in use is in brackets. */
  void print(Text out) {
    int digits = out.digits();
    out.line(
        "  %-" + digits + "s  %-" + digits + "s  NODE  TOTAL  ALLOCATED  FREE", "SLAB", "MEMORY");
    out.line(
        "  %-" + digits + "x  %-" + digits + "x  %4d  %5d  %9d  %4d",
        slab,
        memory,
        node,
        total,
        allocated,
        free);
    out.print("  FREE / [ALLOCATED]\n");
    for (Item one : objects) {
      if (one.allocated()) {
        out.print("  [%x]\n", one.address());
      } else {
        String of =
            one.cpu().isPresent() ? Text.format("(cpu %d cache)", one.cpu().getAsInt()) : "";
        out.line("   %x  %s", one.address(), of);
      }
    }
  }
}
