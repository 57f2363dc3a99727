package org.vmcore.gdbstub.linux.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * From a path to the inode of that name, as far as the kernel has the names in memory: down its
 * directory entries, through what is mounted there and through symbolic links (Linux fs/namei.c).
 */
public final class PathLookup {
  /** MAXSYMLINKS (include/linux/namei.h). */
  private static final int MAX_LINKS = 40;

  /** More than any directory has in memory. */
  private static final int MAX_NAMES = 1 << 20;

  private final TypedMemory memory;
  private final List<KernelObject> mounts;
  private final Links links;

  private KernelObject mount;
  private KernelObject entry;

  /** Where symbolic links lead. */
  @FunctionalInterface
  public interface Links {
    /** The text of one that is in the page cache; empty where it is not. */
    Optional<String> target(KernelObject inode) throws KernelReadException;
  }

  /**
   * What came of it.
   *
   * @param entry the {@code struct dentry}; where something is missing, the last that was found
   * @param path of it
   * @param missing the name that is not there; empty where all are
   * @param known names that are there in its place
   */
  public record Found(
      KernelObject entry, String path, Optional<String> missing, List<String> known) {
    public Found {
      known = List.copyOf(known);
    }
  }

  private PathLookup(
      TypedMemory memory,
      List<KernelObject> mounts,
      KernelObject root,
      KernelObject entry,
      Links links) {
    this.memory = memory;
    this.mounts = mounts;
    this.mount = root;
    this.entry = entry;
    this.links = links;
  }

  /**
   * Looks for a path as it begins at the root of all that a task has mounted, and as the paths of
   * {@link Paths} do.
   *
   * @param task a {@code struct task_struct}
   */
  public static Found find(TypedMemory memory, KernelObject task, String path, Links links)
      throws KernelReadException {
    KernelObject root = task.member("nsproxy->mnt_ns->root").dereference();
    KernelObject entry = Paths.vfsmountOf(root).member("mnt_root").dereference();
    return new PathLookup(memory, mounts(memory, task), root, entry, links).walk(path);
  }

  /**
   * Looks for a path as the task itself names it, whose root directory may be anywhere.
   *
   * @param task a {@code struct task_struct}
   */
  public static Found findAs(TypedMemory memory, KernelObject task, String path, Links links)
      throws KernelReadException {
    KernelObject directory = task.member("fs->root");
    KernelObject root = Paths.mountOf(directory.member("mnt").dereference());
    KernelObject entry = directory.member("dentry").dereference();
    return new PathLookup(memory, mounts(memory, task), root, entry, links).walk(path);
  }

  private static List<KernelObject> mounts(TypedMemory memory, KernelObject task)
      throws KernelReadException {
    List<KernelObject> mounts = new ArrayList<>();
    for (Mounts.Mounted mounted : Mounts.of(memory, task).all()) {
      mounts.add(memory.object(Paths.mountType(memory), mounted.address()));
    }
    return mounts;
  }

  private Found walk(String path) throws KernelReadException {
    KernelObject rootMount = mount;
    KernelObject root = entry;
    Deque<String> names = new ArrayDeque<>(List.of(path.split("/+")));
    int followed = 0;
    enterMounts();
    while (!names.isEmpty()) {
      String name = names.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      } else if (name.equals("..")) {
        leave(root);
        continue;
      }
      List<String> known = new ArrayList<>();
      KernelObject directory = entry;
      Optional<KernelObject> child = child(name, known);
      if (child.isEmpty()) {
        return new Found(directory, path(), Optional.of(name), known);
      }
      entry = child.get();
      Optional<String> target = linkTarget();
      if (target.isPresent() && followed < MAX_LINKS) {
        followed++;
        entry = directory;
        if (target.get().startsWith("/")) {
          entry = root;
          mount = rootMount;
        }
        List<String> parts = Arrays.asList(target.get().split("/+"));
        for (int i = parts.size() - 1; i >= 0; i--) {
          names.push(parts.get(i));
        }
      }
      enterMounts();
    }
    return new Found(entry, path(), Optional.empty(), List.of());
  }

  private String path() throws KernelReadException {
    return Paths.of(entry, Paths.vfsmountOf(mount));
  }

  /** Up, and out of a file system at its root, but not beyond where the path began. */
  private void leave(KernelObject root) throws KernelReadException {
    while (entry.address() != root.address()
        && entry.address() == Paths.vfsmountOf(mount).value("mnt_root")
        && mount.value("mnt_parent") != mount.address()) {
      entry = mount.member("mnt_mountpoint").dereference();
      mount = mount.member("mnt_parent").dereference();
    }
    if (entry.address() != root.address()) {
      entry = entry.member("d_parent").dereference();
    }
  }

  /** What is mounted last in a place covers what was there before. */
  private void enterMounts() throws KernelReadException {
    boolean entered = true;
    for (int depth = 0; entered && depth < mounts.size(); depth++) {
      entered = false;
      for (KernelObject candidate : mounts) {
        boolean here =
            candidate.value("mnt_parent") == mount.address()
                && candidate.value("mnt_mountpoint") == entry.address()
                && candidate.address() != mount.address();
        if (here) {
          mount = candidate;
          entry = Paths.vfsmountOf(candidate).member("mnt_root").dereference();
          entered = true;
          break;
        }
      }
    }
  }

  private Optional<KernelObject> child(String name, List<String> known) throws KernelReadException {
    // Names are read byte by byte.
    String wanted = new String(name.getBytes(UTF_8), ISO_8859_1);
    Walk children = children();
    for (KernelObject child : children) {
      String its = Paths.name(child);
      // One without an inode says that there is no such file.
      boolean there = child.value("d_inode") != 0;
      if (there && its.equals(wanted)) {
        return Optional.of(child);
      }
      if (there && known.size() < MAX_NAMES) {
        known.add(new String(its.getBytes(ISO_8859_1), UTF_8));
      }
    }
    return Optional.empty();
  }

  /**
   * Since 6.8 a list of its own kind (commit da549bdd15c2, "dentry: switch the lists of children to
   * hlist"); what hangs there was in a union with others before 3.19 (commit 946e51f2bf37, "move
   * d_rcu from overlapping d_child to overlapping d_alias").
   */
  private Walk children() throws KernelReadException {
    if (entry.has("d_children")) {
      return entry.member("d_children").hlist("struct dentry", "d_sib");
    }
    String member = memory.types().has("struct dentry", "d_child") ? "d_child" : "d_u.d_child";
    return entry.member("d_subdirs").list("struct dentry", member);
  }

  private Optional<String> linkTarget() throws KernelReadException {
    KernelObject inode = RealInode.of(entry.member("d_inode").dereference());
    if (!OpenFiles.type(inode.value("i_mode")).equals("LNK")) {
      return Optional.empty();
    }
    // A short one is in the inode itself, since 4.2 with a pointer to it for all file systems
    // (commit 61ba64fc0768).
    if (inode.has("i_link") && inode.value("i_link") != 0) {
      return Optional.of(inode.string("i_link"));
    }
    return links.target(inode);
  }
}
