package org.vmcore.gdbstub.linux.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.fs.Mounts.Mounted;

/**
 * Two file systems of Linux 6.1: the root with directories /mnt and /mnt/usb, and one mounted at
 * /mnt/usb that has a file data/log.
 */
class MountsTest {
  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct list_head {
            struct list_head *next;
            struct list_head *prev;
          };
          struct qstr {
            unsigned long hash_len;
            char *name;
          };
          struct dentry {
            struct dentry *d_parent;
            struct qstr d_name;
          };
          struct file_system_type {
            char *name;
          };
          struct super_block {
            struct file_system_type *s_type;
          };
          struct vfsmount {
            struct dentry *mnt_root;
            struct super_block *mnt_sb;
            int mnt_flags;
          };
          struct mount {
            struct mount *mnt_parent;
            struct dentry *mnt_mountpoint;
            struct vfsmount mnt;
            struct list_head mnt_list;
            char *mnt_devname;
          };
          struct mnt_namespace {
            struct list_head list;
          };
          struct nsproxy {
            struct mnt_namespace *mnt_ns;
          };
          struct path {
            struct vfsmount *mnt;
            struct dentry *dentry;
          };
          struct task_struct {
            struct nsproxy *nsproxy;
          };
          """);

  private final Made rootDirectory = root();
  private final Made mnt = entry(rootDirectory, "mnt");
  private final Made usbDirectory = entry(mnt, "usb");
  private final Made usbRoot = root();
  private final Made data = entry(usbRoot, "data");
  private final Made log = entry(data, "log");
  private final Made root = mount("rootfs", "none", rootDirectory);
  private final Made usb = mount("ext4", "/dev/sda1", usbRoot);
  private final Made namespace = kernel.object("mnt_namespace");
  private final Made task =
      kernel
          .object("task_struct")
          .set("nsproxy", kernel.object("nsproxy").set("mnt_ns", namespace));

  /** A root is its own parent, and is called so. */
  private Made root() {
    Made root = kernel.object("dentry").point("d_name.name", "/");
    return root.set("d_parent", root);
  }

  private Made entry(Made parent, String name) {
    return kernel.object("dentry").set("d_parent", parent).point("d_name.name", name);
  }

  private Made mount(String type, String device, Made directory) {
    Made kind = kernel.object("file_system_type").point("name", type);
    return kernel
        .object("mount")
        .set("mnt.mnt_root", directory)
        .set("mnt.mnt_sb", kernel.object("super_block").set("s_type", kind))
        .point("mnt_devname", device);
  }

  @BeforeEach
  void mountThem() {
    root.set("mnt_parent", root).set("mnt_mountpoint", rootDirectory);
    usb.set("mnt_parent", root).set("mnt_mountpoint", usbDirectory);
    kernel.list(namespace.at("list"), "mnt_list", root, usb);
  }

  private Mounts.Found mounts() throws Exception {
    return Mounts.of(kernel.memory(), kernel.memory().object("struct task_struct", task.address()));
  }

  private String path(Made mount, Made dentry) throws Exception {
    Made path = kernel.object("path").set("mnt", mount.at("mnt")).set("dentry", dentry);
    return Paths.of(kernel.memory().object("struct path", path.address()));
  }

  @Test
  void eachIsWhereItIsMounted() throws Exception {
    assertThat(mounts().problem()).isEmpty();
    assertThat(mounts().mounts())
        .extracting(Mounted::type, Mounted::device, Mounted::directory)
        .containsExactly(tuple("rootfs", "none", "/"), tuple("ext4", "/dev/sda1", "/mnt/usb"));
  }

  /** From 5.8 to 6.7 somebody who read /proc/mounts put himself on the list, with this flag. */
  @Test
  void aReadersCursorIsNoMount() throws Exception {
    Made cursor = kernel.object("mount").set("mnt.mnt_flags", 0x1000_0000);
    kernel.list(namespace.at("list"), "mnt_list", root, cursor, usb);

    assertThat(mounts().mounts()).extracting(Mounted::address).doesNotContain(cursor.address());
    assertThat(mounts().mounts()).hasSize(2);
  }

  @Test
  void aPathGoesOnThroughTheMountPoint() throws Exception {
    assertThat(path(usb, log)).isEqualTo("/mnt/usb/data/log");
    assertThat(path(usb, usbRoot)).isEqualTo("/mnt/usb");
    assertThat(path(root, usbDirectory)).as("what is mounted over").isEqualTo("/mnt/usb");
    assertThat(path(root, rootDirectory)).isEqualTo("/");
  }

  /** {@code mount --bind}: the root of a mount is not always the root of its file system. */
  @Test
  void aMountOfADirectoryStartsThere() throws Exception {
    usb.set("mnt.mnt_root", data);

    assertThat(path(usb, log)).isEqualTo("/mnt/usb/log");
  }

  @Test
  void directoriesWithinEachOtherDoNotGoOnForEver() throws Exception {
    mnt.set("d_parent", usbDirectory);

    assertThat(path(root, usbDirectory)).startsWith("/").hasSizeLessThan(10_000);
  }
}
