package org.vmcore.gdbstub.linux.fs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** The mounted file systems (Linux fs/mount.h). */
public final class Mounts {
  /**
   * MNT_CURSOR (fs/mount.h, from 5.8, commit 9f6c61f96f2d, "proc/mounts: add cursor", to 6.7): a
   * reader of /proc/mounts put itself on the list.
   */
  private static final long CURSOR = 0x10000000;

  private Mounts() {}

  /**
   * A mounted file system.
   *
   * @param address of its {@code struct mount}, before 3.3 of its {@code struct vfsmount}
   * @param superBlock address of its {@code struct super_block}
   * @param type of the file system
   * @param device what was given to mount
   * @param directory where it is mounted
   */
  public record Mounted(
      long address, long superBlock, String type, String device, String directory) {}

  /**
   * What a task sees as mounted, in the kernel's order.
   *
   * @param task a {@code struct task_struct}
   */
  public static Listing<Mounted> of(TypedMemory memory, KernelObject task)
      throws KernelReadException {
    KernelObject namespace = task.member("nsproxy->mnt_ns").dereference();
    String type = Paths.mountType(memory);
    boolean tree = memory.types().has(type, "mnt_node");
    KernelObject all = FileMembers.MOUNTS.in(namespace);
    String member =
        FileMembers.IN_NAMESPACE
            .path(memory.types(), type)
            .orElse(FileMembers.IN_NAMESPACE.toString());
    Walk walk = tree ? all.rbTree(type, member) : all.list(type, member);
    List<Mounted> mounts = new ArrayList<>();
    Optional<String> problem = walk.problem();
    for (KernelObject mount : walk) {
      try {
        KernelObject vfsmount = Paths.vfsmountOf(mount);
        if (tree || (vfsmount.value("mnt_flags") & CURSOR) == 0) {
          mounts.add(mounted(mount, vfsmount));
        }
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    return new Listing<>(List.copyOf(mounts), problem);
  }

  private static Mounted mounted(KernelObject mount, KernelObject vfsmount)
      throws KernelReadException {
    KernelObject superBlock = vfsmount.member("mnt_sb").dereference();
    long device = mount.value("mnt_devname");
    return new Mounted(
        mount.address(),
        superBlock.address(),
        superBlock.string("s_type->name"),
        device == 0 ? "none" : mount.string("mnt_devname"),
        Paths.of(vfsmount.member("mnt_root").dereference(), vfsmount));
  }
}
