package org.vmcore.gdbstub.linux.tasks;

import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * A region of a process's memory, with what is behind it.
 *
 * @param file whose pages are mapped; empty for memory without one
 * @param anonymous whether it is zeros where the process has not written to it; else the pages come
 *     from the file, or from the kernel itself as the vDSO's do
 * @param kernelCopy address in the kernel's memory that its bytes come from; 0 for others than
 *     x86's vDSO
 * @param pages address of an array of pointers to the {@code struct page} that are there; 0 for
 *     others than the kernel's own
 * @param written whether the process has pages of its own there ({@code anon_vma})
 * @param problem why what is behind it is not known, if it is not
 */
public record Mapping(
    MemoryRegion region,
    Optional<BackingFile> file,
    boolean anonymous,
    long kernelCopy,
    long pages,
    boolean written,
    Optional<String> problem) {

  /**
   * A file that is mapped.
   *
   * @param mapping its {@code struct address_space}
   * @param device {@code dev_t} of its file system, as the kernel has it
   * @param inode its number
   * @param mode type and permissions (include/uapi/linux/stat.h)
   * @param links 0 when it has been deleted, or was never in a directory
   */
  public record BackingFile(KernelObject mapping, long device, long inode, int mode, long links) {
    /** MINORBITS (include/linux/kdev_t.h). */
    private static final int MINOR_BITS = 20;

    public long major() {
      return device >>> MINOR_BITS;
    }

    public long minor() {
      return device & ((1 << MINOR_BITS) - 1);
    }
  }

  /**
   * A region whose {@code vm_area_struct} is read for the rest.
   *
   * @param mm the {@code mm_struct} that it is in
   */
  static Mapping of(MemoryRegion region, KernelObject area, KernelObject mm) {
    boolean anonymous = false;
    long pages = 0;
    boolean written = false;
    Optional<BackingFile> file = Optional.empty();
    long copy = 0;
    Optional<String> problem = Optional.empty();
    try {
      written = area.value("anon_vma") != 0;
      // vma_is_anonymous() (include/linux/mm.h).
      anonymous = area.value("vm_ops") == 0 && area.value("vm_file") == 0;
      pages = SpecialMapping.of(area).map(SpecialMapping::pages).orElse(0L);
      if (area.value("vm_file") != 0) {
        file = Optional.of(file(area));
      }
      copy = kernelCopy(region, mm);
    } catch (KernelReadException e) {
      problem = Optional.ofNullable(e.getMessage());
    }
    return new Mapping(region, file, anonymous, copy, pages, written, problem);
  }

  /**
   * x86 maps pages of its image of the vDSO when they are first used (arch/x86/entry/vdso/vma.c).
   */
  private static long kernelCopy(MemoryRegion region, KernelObject mm) throws KernelReadException {
    boolean known = mm.has("context.vdso") && mm.has("context.vdso_image");
    return known && mm.value("context.vdso") == region.start()
        ? mm.value("context.vdso_image->data")
        : 0;
  }

  private static BackingFile file(KernelObject area) throws KernelReadException {
    KernelObject mapping = area.member("vm_file->f_mapping").dereference();
    KernelObject inode = area.member("vm_file->f_path.dentry->d_inode").dereference();
    return new BackingFile(
        mapping,
        inode.value("i_sb->s_dev") & 0xffff_ffffL,
        inode.value("i_ino"),
        (int) inode.value("i_mode") & 0xffff,
        inode.value("i_nlink"));
  }

  /** Whether an address lies in it. */
  public boolean contains(long address) {
    return Long.compareUnsigned(address, region.start()) >= 0
        && Long.compareUnsigned(address, region.end()) < 0;
  }
}
