package org.vmcore.gdbstub.linux.fs;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What the structures of mounts have called what is read of them: {@code struct mnt_namespace} and
 * {@code struct mount} (Linux fs/mount.h). The latter was one with {@code struct vfsmount}
 * (include/linux/mount.h) before 3.3 (commit 7d6fec45a513, "vfs: start hiding vfsmount guts
 * series").
 *
 * <p>As in 2.6.32 are {@code mnt_root}, {@code mnt_sb} and {@code mnt_flags} of the public part,
 * {@code mnt_parent}, {@code mnt_mountpoint} and {@code mnt_devname} of the other, and what is read
 * of {@code struct path}, {@code dentry} (whose {@code d_name} has since got another name beside
 * it, in a union), {@code inode}, {@code super_block}, {@code file} (the same of {@code f_path}),
 * {@code fdtable} and {@code fs_struct}.
 */
final class FileMembers {
  private static final String TREE = "2eea9ce4310d, \"mounts: keep list of mounts in an rbtree\"";

  /** All mounts of a namespace; a number had the tree's name before. */
  static final MemberHistory MOUNTS =
      MemberHistory.named("list").since("6.8", "mounts.rb_node", TREE);

  /** By which a mount hangs there; a list's before, a tree's then. */
  static final MemberHistory IN_NAMESPACE =
      MemberHistory.named("mnt_list").since("6.8", "mnt_node", TREE);

  /** Of a mount, what of it is public. */
  static final MemberHistory PUBLIC =
      MemberHistory.added("3.3", "mnt", "7d6fec45a513, \"vfs: start hiding vfsmount guts series\"");

  private FileMembers() {}
}
