package org.vmcore.gdbstub.kernel.tasks;

import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.kernel.types.KernelObject;
import org.vmcore.gdbstub.kernel.types.KernelReadException;
import org.vmcore.gdbstub.kernel.types.TypedMemory;

/**
 * Paths of files, from {@code struct path}: the names of the dentries up to the root of the file
 * system, then those of where it is mounted, and so on.
 *
 * <p>{@code struct mount} has been around {@code struct vfsmount} since Linux 3.3; before, that had
 * its members itself. Where its type is not known the path is that within the file system.
 */
final class FilePaths {
  private static final int MAX_NAMES = 512;
  private static final int MAX_NAME_BYTES = 256;

  private final TypedMemory typed;

  FilePaths(TypedMemory typed) {
    this.typed = typed;
  }

  /**
   * The path of an open file.
   *
   * @param file a {@code struct file}
   */
  String of(KernelObject file) throws KernelReadException {
    KernelObject path = file.member("f_path");
    KernelObject dentry = path.member("dentry").dereference();
    OptionalLong mount = OptionalLong.of(path.value("mnt"));
    StringBuilder text = new StringBuilder();
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < MAX_NAMES && seen.add(dentry.address()); i++) {
      long parent = dentry.value("d_parent");
      if (parent != dentry.address()) {
        text.insert(0, "/" + name(dentry));
        dentry = typed.object("struct dentry", parent);
        continue;
      }
      Optional<KernelObject> above =
          mount.isPresent() ? mount(mount.getAsLong()) : Optional.empty();
      if (above.isEmpty() || above.get().value("mnt_parent") == above.get().address()) {
        break;
      }
      dentry = above.get().member("mnt_mountpoint").dereference();
      mount = inside(above.get().value("mnt_parent"));
    }
    return text.isEmpty() ? "/" : text.toString();
  }

  private String name(KernelObject dentry) throws KernelReadException {
    return typed.memory().text(dentry.value("d_name.name"), MAX_NAME_BYTES);
  }

  /**
   * @param vfsmount what {@code path.mnt} points at
   */
  private Optional<KernelObject> mount(long vfsmount) throws KernelReadException {
    if (vfsmount == 0) {
      return Optional.empty();
    }
    if (typed.types().has("struct vfsmount", "mnt_mountpoint")) {
      return Optional.of(typed.object("struct vfsmount", vfsmount));
    }
    return typed.types().compound("struct mount").isEmpty()
        ? Optional.empty()
        : Optional.of(typed.object("struct vfsmount", vfsmount).containerOf("struct mount", "mnt"));
  }

  /** What {@code path.mnt} would be of a mount. */
  private OptionalLong inside(long mount) {
    OptionalLong offset =
        typed
            .types()
            .compound("struct mount")
            .map(type -> type.offsetOf("mnt"))
            .orElse(OptionalLong.empty());
    return OptionalLong.of(mount + offset.orElse(0));
  }
}
