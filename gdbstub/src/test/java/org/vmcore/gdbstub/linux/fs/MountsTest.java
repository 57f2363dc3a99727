package org.vmcore.gdbstub.linux.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.fs.Mounts.Mounted;
import org.vmcore.gdbstub.linux.types.Listing;

/**
 * Two file systems of Linux 6.1: the root with directories /mnt and /mnt/usb, and one mounted at
 * /mnt/usb that has a file data/log.
 */
class MountsTest {
  private static final String DECLARATIONS =
      """
      struct list_head {
        struct list_head *next;
        struct list_head *prev;
      };
      struct rb_node {
        unsigned long parent;
        struct rb_node *rb_right;
        struct rb_node *rb_left;
      };
      struct rb_root {
        struct rb_node *rb_node;
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
        unsigned int mounts;
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
      """;

  private final MadeKernel kernel = new MadeKernel(DECLARATIONS);

  private final Made rootDirectory = root();
  private final Made mnt = entry(rootDirectory, "mnt");
  private final Made usbDirectory = entry(mnt, "usb");
  private final Made usbRoot = root();
  private final Made data = entry(usbRoot, "data");
  private final Made log = entry(data, "log");
  private final Made root = mount("rootfs", "none", rootDirectory);
  private final Made usb = mount("ext4", "/dev/sda1", usbRoot);
  private final Made namespace = kernel.object("mnt_namespace").set("mounts", 2);
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

  private Listing<Mounted> mounts() throws Exception {
    return Mounts.of(kernel.memory(), kernel.memory().object("struct task_struct", task.address()));
  }

  private String path(Made mount, Made dentry) throws Exception {
    Made path = kernel.object("path").set("mnt", mount.at("mnt")).set("dentry", dentry);
    return Paths.of(kernel.memory().object("struct path", path.address()));
  }

  @Test
  void eachIsWhereItIsMounted() throws Exception {
    assertThat(mounts().problem()).isEmpty();
    assertThat(mounts().all())
        .extracting(Mounted::type, Mounted::device, Mounted::directory)
        .containsExactly(tuple("rootfs", "none", "/"), tuple("ext4", "/dev/sda1", "/mnt/usb"));
  }

  /** Since 6.8, when {@code mounts} became what they hang in and no longer is their number. */
  @Test
  void theyMayHangInATree() throws Exception {
    MadeKernel now =
        new MadeKernel(
            DECLARATIONS
                .replace("struct list_head mnt_list;", "struct rb_node mnt_node;")
                .replace(
                    "struct list_head list;\n  unsigned int mounts;", "struct rb_root mounts;"));
    Made directory = now.object("dentry").point("d_name.name", "/");
    directory.set("d_parent", directory);
    Made kind = now.object("file_system_type").point("name", "ext4");
    Made[] mounts = now.objects("mount", 3);
    for (Made mount : mounts) {
      mount
          .set("mnt_parent", mount)
          .set("mnt.mnt_root", directory)
          .set("mnt.mnt_sb", now.object("super_block").set("s_type", kind));
    }
    // The root is the second, with the first on its left and the third on its right.
    mounts[1].set("mnt_node.rb_left", mounts[0].at("mnt_node"));
    mounts[1].set("mnt_node.rb_right", mounts[2].at("mnt_node"));
    Made all = now.object("mnt_namespace").set("mounts.rb_node", mounts[1].at("mnt_node"));
    Made of = now.object("task_struct").set("nsproxy", now.object("nsproxy").set("mnt_ns", all));

    Listing<Mounted> found =
        Mounts.of(now.memory(), now.memory().object("struct task_struct", of.address()));

    assertThat(found.problem()).isEmpty();
    assertThat(found.all())
        .extracting(Mounted::address)
        .containsExactly(mounts[0].address(), mounts[1].address(), mounts[2].address());
  }

  /** From 5.8 to 6.7 somebody who read /proc/mounts put himself on the list, with this flag. */
  @Test
  void aReadersCursorIsNoMount() throws Exception {
    Made cursor = kernel.object("mount").set("mnt.mnt_flags", 0x1000_0000);
    kernel.list(namespace.at("list"), "mnt_list", root, cursor, usb);

    assertThat(mounts().all()).extracting(Mounted::address).doesNotContain(cursor.address());
    assertThat(mounts().all()).hasSize(2);
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
