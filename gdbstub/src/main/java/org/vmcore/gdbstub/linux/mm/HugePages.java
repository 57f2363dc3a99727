package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The sizes of huge pages that the kernel keeps (Linux include/linux/hugetlb.h). */
public final class HugePages {
  private static final int MAX_SIZES = 16;

  private HugePages() {}

  /**
   * Huge pages of a size.
   *
   * @param address of its {@code struct hstate}
   */
  public record Size(long address, long bytes, long free, long total, String name) {}

  /** Those that are set up; none on a kernel without them. */
  public static List<Size> read(TypedMemory memory, long pageBytes) throws KernelReadException {
    List<Size> sizes = new ArrayList<>();
    if (memory.address("hstates").isEmpty()) {
      return sizes;
    }
    KernelObject first = memory.variable("hstates", "struct hstate");
    long bytes = first.type().size().orElse(0);
    for (int i = 0; i < MAX_SIZES; i++) {
      KernelObject state = first.moved(i * bytes);
      long order = state.value("order");
      if (order <= 0 || order >= Long.SIZE) {
        break;
      }
      sizes.add(
          new Size(
              state.address(),
              pageBytes << order,
              state.value("free_huge_pages"),
              state.value("nr_huge_pages"),
              state.string("name")));
    }
    return sizes;
  }
}
