package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.fs.Paths;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Where the kernel swaps to (Linux include/linux/swap.h, {@code struct swap_info_struct}). */
public final class SwapAreas {
  /** MAX_SWAPFILES is less than 1 << MAX_SWAPFILES_SHIFT. */
  private static final int MAX_AREAS = 32;

  /** SWP_USED and SWP_WRITEOK, in these places since they exist. */
  private static final long USED = 1;

  private static final long WRITABLE = 2;

  /** S_IFMT and S_IFBLK (include/uapi/linux/stat.h). */
  private static final long TYPE_MASK = 0170000;

  private static final long BLOCK_DEVICE = 0060000;

  private SwapAreas() {}

  /**
   * A partition or file.
   *
   * @param address of its {@code struct swap_info_struct}
   * @param partition whether it is a block device
   * @param pages of it, and how many are in use
   * @param name its path
   */
  public record Area(
      long address, boolean partition, long pages, long used, long priority, String name) {}

  /** Those that are in use; none where the kernel swaps to nothing. */
  public static List<Area> read(TypedMemory memory) throws KernelReadException {
    List<Area> areas = new ArrayList<>();
    if (memory.address("swap_info").isEmpty()) {
      return areas;
    }
    int count =
        memory
            .address("nr_swapfiles")
            .map(at -> memory.memory().int32(at).orElse(0))
            .orElse(MAX_AREAS);
    long table = memory.address("swap_info").orElse(0L);
    for (int i = 0; i < Math.min(count, MAX_AREAS); i++) {
      OptionalLong pointer = memory.memory().word(table + (long) i * memory.memory().wordBytes());
      if (pointer.isPresent() && pointer.getAsLong() != 0) {
        KernelObject area = memory.object("struct swap_info_struct", pointer.getAsLong());
        if ((area.value("flags") & (USED | WRITABLE)) == (USED | WRITABLE)) {
          areas.add(area(area));
        }
      }
    }
    return areas;
  }

  private static Area area(KernelObject area) throws KernelReadException {
    KernelObject file = area.member("swap_file").dereference();
    boolean partition = (file.value("f_path.dentry->d_inode->i_mode") & TYPE_MASK) == BLOCK_DEVICE;
    KernelObject inUse = area.member("inuse_pages");
    return new Area(
        area.address(),
        partition,
        area.value("pages"),
        inUse.has("counter") ? inUse.value("counter") : inUse.value(),
        area.value("prio"),
        Paths.of(file.member("f_path")));
  }
}
