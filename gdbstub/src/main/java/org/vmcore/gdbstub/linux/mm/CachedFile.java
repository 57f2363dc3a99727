package org.vmcore.gdbstub.linux.mm;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.XArray;

/**
 * A file as far as its pages are in the page cache: the {@code struct address_space} that they are
 * kept in (Linux include/linux/fs.h). Read once; safe for use by several threads.
 */
public final class CachedFile {
  private static final MemberHistory PAGES =
      MemberHistory.named("page_tree")
          .since("4.17", "i_pages", "b93b016313b3, \"page cache: use xa_lock\"");

  private final PageFrames frames;
  private final TypedMemory memory;
  private final NavigableMap<Long, Long> pages = new TreeMap<>();
  private final long size;
  private final boolean sparse;

  private CachedFile(TypedMemory memory, PageFrames frames, long size, boolean sparse) {
    this.memory = memory;
    this.frames = frames;
    this.size = size;
    this.sparse = sparse;
  }

  /**
   * Reads which pages there are.
   *
   * @param mapping a {@code struct address_space}
   */
  public static CachedFile of(TypedMemory memory, PageFrames frames, KernelObject mapping)
      throws KernelReadException {
    KernelObject inode = mapping.member("host").dereference();
    CachedFile file = new CachedFile(memory, frames, inode.value("i_size"), isWholeInMemory(inode));
    for (XArray.Entry entry : XArray.entries(memory, PAGES.in(mapping))) {
      file.pages.put(entry.index(), entry.address());
    }
    return file;
  }

  /**
   * Whether a file of tmpfs, as shared memory is one, none of whose pages are in swap: what is not
   * there was never written.
   */
  private static boolean isWholeInMemory(KernelObject inode) {
    try {
      return inode.string("i_sb->s_type->name").equals("tmpfs")
          && inode.containerOf("struct shmem_inode_info", "vfs_inode").value("swapped") == 0;
    } catch (KernelReadException e) {
      // Then what is not there may be in swap, which is what is said of it.
      return false;
    }
  }

  /** Length of the file in bytes. */
  public long size() {
    return size;
  }

  /** Whether a page that is not there is zeros. */
  public boolean isSparse() {
    return sparse;
  }

  /** The {@code struct page} of each of its pages, or of the first of a large one, by index. */
  public NavigableMap<Long, Long> pages() {
    return Collections.unmodifiableNavigableMap(pages);
  }

  /**
   * Where a page of the file is.
   *
   * @param index of the page in the file
   * @return its physical address; empty where it is not in the cache
   */
  public OptionalLong physicalAddress(long index) {
    Map.Entry<Long, Long> entry = pages.floorEntry(index);
    if (entry == null) {
      return OptionalLong.empty();
    }
    long page = entry.getValue() + (index - entry.getKey()) * frames.structSize();
    return entry.getKey() == index || isTail(page, entry.getValue())
        ? frames.physicalAddress(page)
        : OptionalLong.empty();
  }

  /** Whether a page is a part of the large one that begins with {@code head}. */
  private boolean isTail(long page, long head) {
    try {
      return TailPages.headOf(memory.object("struct page", page)) == head;
    } catch (KernelReadException e) {
      // Only what is proven to be a tail is one: else the page is not in the cache.
      return false;
    }
  }
}
