package org.vmcore.gdbstub.linux.fs;

import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.Enumerators;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Whose pages a file's content is in: of overlayfs, whose files have none since 4.19, those of the
 * file that lies below (Linux fs/overlayfs/ovl_entry.h, {@code struct ovl_inode}).
 */
public final class RealInode {
  /** FILESYSTEM_MAX_STACK_DEPTH (include/linux/fs.h). */
  private static final int MAX_DEPTH = 2;

  private RealInode() {}

  /**
   * The inode itself, or the one below.
   *
   * @param inode a {@code struct inode}
   */
  public static KernelObject of(KernelObject inode) throws KernelReadException {
    KernelObject real = inode;
    for (int i = 0; i < MAX_DEPTH && real.string("i_sb->s_type->name").equals("overlay"); i++) {
      if (real.memory().types().has("struct ovl_inode", "vfs_inode")) {
        KernelObject overlay = real.containerOf("struct ovl_inode", "vfs_inode");
        Optional<KernelObject> upper = upper(overlay);
        real = upper.isPresent() ? upper.get() : lower(overlay);
      } else {
        real = untyped(real);
      }
    }
    return real;
  }

  /**
   * Where the types of modules are not known, as before 5.11 (commit 36e68442d1af, "bpf: Load and
   * verify kernel module BTFs"): until then the upper entry and the lower inode came behind the
   * inode, one after the other.
   */
  private static KernelObject untyped(KernelObject inode) throws KernelReadException {
    TypedMemory memory = inode.memory();
    long end = inode.address() + inode.type().resolved().size().orElse(0);
    long upper = memory.memory().word(end).orElse(0);
    if (upper != 0) {
      return memory.object("struct dentry", upper).member("d_inode").dereference();
    }
    long lower = memory.memory().word(end + memory.memory().wordBytes()).orElse(0);
    if (lower == 0) {
      throw new KernelReadException(
          Reason.ABSENT,
          "where overlayfs keeps its files is not known: --types FILE of its module");
    }
    return memory.object("struct inode", lower);
  }

  /** None where nobody has written to the file, or changed more than its attributes. */
  private static Optional<KernelObject> upper(KernelObject overlay) throws KernelReadException {
    if (overlay.value("__upperdentry") == 0) {
      return Optional.empty();
    }
    // Since 4.19 data may stay below: the upper file has attributes alone, "metacopy".
    Map<String, Long> flags = Enumerators.of(overlay.memory().types(), "enum ovl_inode_flag");
    Long data = flags.get("OVL_UPPERDATA");
    return data != null && ((overlay.value("flags") >>> data) & 1) == 0
        ? Optional.empty()
        : Optional.of(overlay.member("__upperdentry->d_inode").dereference());
  }

  /**
   * One of the lower directories has it: by its inode; since 5.19 by its path (commit ffa5723c6d25,
   * "ovl: store lower path in ovl_inode"); since 6.5 as the last of a list, behind those that have
   * its attributes (commit 0af950f57fef, "ovl: move ovl_entry into ovl_inode").
   */
  private static KernelObject lower(KernelObject overlay) throws KernelReadException {
    if (overlay.has("oe")) {
      KernelObject entry = overlay.member("oe").dereference();
      long count = entry.value("__numlower");
      if (count == 0) {
        throw new KernelReadException(Reason.IMPLAUSIBLE, overlay + " has no file below");
      }
      return entry
          .member("__lowerstack")
          .element(count - 1)
          .member("dentry->d_inode")
          .dereference();
    }
    String data = overlay.has("lowerdata") && overlay.value("lowerdata") != 0 ? "lowerdata" : "";
    String any = overlay.has("lower") ? "lower" : "lowerpath.dentry->d_inode";
    return overlay.member(data.isEmpty() ? any : data).dereference();
  }
}
