package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** The files whose contents take the most memory, of all file systems (Linux fs/super.c). */
public final class CachedFiles {
  private CachedFiles() {}

  /**
   * A file in the page cache.
   *
   * @param pages that are in memory
   */
  public record Cached(PageOwners.File file, long pages) {}

  private record Candidate(KernelObject inode, long pages) {}

  /**
   * The largest.
   *
   * @param most that are wanted
   * @param reasons told what could not be read
   * @param busy called now and then
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static List<Cached> largest(
      TypedMemory memory, long pageBytes, int most, Reasons reasons, Runnable busy)
      throws KernelReadException {
    PriorityQueue<Candidate> largest =
        new PriorityQueue<>(Comparator.comparingLong(Candidate::pages));
    Walk systems =
        memory.variable("super_blocks", "struct list_head").list("struct super_block", "s_list");
    systems.problem().ifPresent(reasons::add);
    for (KernelObject system : systems) {
      busy.run();
      try {
        Walk inodes = system.member("s_inodes").list("struct inode", "i_sb_list");
        inodes.problem().ifPresent(reasons::add);
        for (KernelObject inode : inodes) {
          // Its own: what an inode of a device maps is that device's, which is told by itself.
          long pages = inode.value("i_data.nrpages");
          if (pages > 0) {
            largest.add(new Candidate(inode, pages));
          }
          if (largest.size() > most) {
            largest.remove();
          }
        }
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    PageOwners owners = new PageOwners(memory, pageBytes);
    List<Cached> files = new ArrayList<>();
    for (Candidate one : largest) {
      reasons
          .optional(() -> owners.file(one.inode(), reasons))
          .ifPresent(file -> files.add(new Cached(file, one.pages())));
    }
    files.sort(Comparator.comparing(Cached::pages).reversed());
    return files;
  }
}
