package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.fs.Paths;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * Whose the pages are that the kernel keeps for files and programs: a {@code struct address_space}
 * leads to its inode, a {@code struct anon_vma} to the regions of memory that may have its pages
 * (Linux include/linux/fs.h, include/linux/rmap.h).
 */
public final class PageOwners {
  /** Processes forked from one another share an anon_vma; more than these nobody reads. */
  private static final int MAX_REGIONS = 64;

  /** MINORBITS (include/linux/kdev_t.h). */
  private static final int MINOR_BITS = 20;

  private final TypedMemory memory;
  private final long pageBytes;

  /**
   * A file, or a device whose contents are cached.
   *
   * @param inode its number, and {@code address} that of its {@code struct inode}
   * @param fileSystem its type
   * @param device its file system's, as {@code s_id} has it; the device itself where it is one
   * @param path in its file system, where one of its names is in the cache
   */
  public record File(
      long address, long inode, String fileSystem, String device, Optional<String> path) {}

  /**
   * A place in the memory of a process where a page may be mapped.
   *
   * @param mm address of its {@code struct mm_struct}
   * @param address of the page there
   */
  public record Place(long mm, long address) {}

  public PageOwners(TypedMemory memory, long pageBytes) {
    this.memory = memory;
    this.pageBytes = pageBytes;
  }

  /**
   * The file of a page in the page cache.
   *
   * @param reasons told why its path is not known
   */
  public File file(PageStates.Page page, Reasons reasons) throws KernelReadException {
    return file(
        memory.object("struct address_space", page.mapping()).member("host").dereference(),
        reasons);
  }

  /**
   * The same of an inode.
   *
   * @param inode a {@code struct inode}
   */
  public File file(KernelObject inode, Reasons reasons) throws KernelReadException {
    String type = inode.string("i_sb->s_type->name");
    long number = inode.value("i_rdev") & 0xffff_ffffL;
    boolean isDevice = type.equals("bdev");
    return new File(
        inode.address(),
        inode.value("i_ino"),
        type,
        isDevice
            ? (number >>> MINOR_BITS) + ":" + (number & ((1 << MINOR_BITS) - 1))
            : inode.string("i_sb->s_id"),
        isDevice ? Optional.empty() : reasons.optional(() -> path(inode)).flatMap(path -> path));
  }

  /** By the first name that the inode has: in a hlist since 3.6, in a list before. */
  private Optional<String> path(KernelObject inode) throws KernelReadException {
    KernelObject names = inode.member("i_dentry");
    boolean hashed = names.has("first");
    long first = hashed ? names.value("first") : names.value("next");
    if (first == 0 || first == names.address()) {
      return Optional.empty();
    }
    String link = "d_u.d_alias";
    if (!memory.types().has("struct dentry", link)) {
      link = "d_alias";
    }
    KernelObject dentry =
        memory
            .object(hashed ? "struct hlist_node" : "struct list_head", first)
            .containerOf("struct dentry", link);
    return Optional.of(Paths.inFileSystem(dentry));
  }

  /**
   * Where an anonymous page may be mapped; the page tables of these processes tell.
   *
   * @param reasons told why not all places are known
   */
  public List<Place> places(PageStates.Page page, Reasons reasons) throws KernelReadException {
    List<Place> places = new ArrayList<>();
    KernelObject root = memory.object("struct anon_vma", page.mapping());
    // A list until 3.6 (commit bf181b9f9d8d, "mm anon rmap: replace same_anon_vma linked list
    // with an interval tree"); its leftmost is kept since 4.14.
    if (!root.has("rb_root")) {
      return places;
    }
    KernelObject tree =
        root.has("rb_root.rb_root") ? root.member("rb_root.rb_root") : root.member("rb_root");
    Walk walk = tree.rbTree("struct anon_vma_chain", "rb");
    walk.problem().ifPresent(reasons::add);
    for (KernelObject chain : walk) {
      KernelObject region = chain.member("vma").dereference();
      long pages = page.index() - region.value("vm_pgoff");
      long start = region.value("vm_start");
      long address = start + pages * pageBytes;
      if (pages >= 0 && Long.compareUnsigned(address, region.value("vm_end")) < 0) {
        places.add(new Place(region.value("vm_mm"), address));
      }
      if (places.size() == MAX_REGIONS) {
        break;
      }
    }
    return places;
  }
}
