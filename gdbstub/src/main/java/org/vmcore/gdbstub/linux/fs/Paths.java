package org.vmcore.gdbstub.linux.fs;

import java.util.ArrayDeque;
import java.util.Deque;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Names of files, put together from directory entries up to the root and through mount points, as
 * d_path() does (Linux fs/d_path.c; before 4.18 in fs/dcache.c).
 */
public final class Paths {
  /** PATH_MAX is 4096 bytes, and a name with its slash has at least two. */
  private static final int MAX_NAMES = 2048;

  /** NAME_MAX (include/uapi/linux/limits.h). */
  private static final int MAX_NAME = 255;

  private Paths() {}

  /**
   * The path of a file; where the kernel's mounts are of no known type, that in its file system.
   *
   * @param path a {@code struct path}
   */
  public static String of(KernelObject path) throws KernelReadException {
    if (!path.has("mnt->mnt_parent") && !path.memory().types().has("struct mount", "mnt")) {
      return inFileSystem(path.member("dentry").dereference());
    }
    return of(path.member("dentry").dereference(), path.member("mnt").dereference());
  }

  /**
   * The path of a directory entry in a mounted file system.
   *
   * @param vfsmount a {@code struct vfsmount}
   */
  static String of(KernelObject dentry, KernelObject vfsmount) throws KernelReadException {
    Deque<String> names = new ArrayDeque<>();
    KernelObject at = dentry;
    KernelObject mount = mountOf(vfsmount);
    for (int i = 0; i < MAX_NAMES; i++) {
      boolean mountRoot = at.address() == vfsmountOf(mount).value("mnt_root");
      if (mountRoot) {
        long parent = mount.value("mnt_parent");
        if (parent == mount.address() || parent == 0) {
          break;
        }
        at = mount.member("mnt_mountpoint").dereference();
        mount = mount.member("mnt_parent").dereference();
      } else {
        long parent = at.value("d_parent");
        if (parent == at.address()) {
          break;
        }
        names.push(name(at));
        at = at.member("d_parent").dereference();
      }
    }
    return names.isEmpty() ? "/" : "/" + String.join("/", names);
  }

  /** The path of a directory entry from the root of its file system on. */
  public static String inFileSystem(KernelObject dentry) throws KernelReadException {
    Deque<String> names = new ArrayDeque<>();
    KernelObject at = dentry;
    for (int i = 0; i < MAX_NAMES && at.value("d_parent") != at.address(); i++) {
      names.push(name(at));
      at = at.member("d_parent").dereference();
    }
    return "/" + String.join("/", names);
  }

  /** The last part of a path. */
  static String name(KernelObject dentry) throws KernelReadException {
    String name = dentry.string("d_name.name");
    return name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME);
  }

  /** The mount that a {@code struct vfsmount} is the public part of; see {@link FileMembers}. */
  static KernelObject mountOf(KernelObject vfsmount) throws KernelReadException {
    return vfsmount.has("mnt_parent") ? vfsmount : vfsmount.containerOf("struct mount", "mnt");
  }

  static KernelObject vfsmountOf(KernelObject mount) throws KernelReadException {
    return FileMembers.PUBLIC.isIn(mount) ? FileMembers.PUBLIC.in(mount) : mount;
  }

  /** What mounts are kept in; see {@link #mountOf}. */
  static String mountType(TypedMemory memory) {
    return memory.types().has("struct vfsmount", "mnt_parent") ? "struct vfsmount" : "struct mount";
  }
}
