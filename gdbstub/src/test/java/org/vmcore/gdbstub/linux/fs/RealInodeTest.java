package org.vmcore.gdbstub.linux.fs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/** A file of overlayfs over one of ext4, as three kernels keep it. */
class RealInodeTest {
  private static final String OTHERS =
      """
      struct file_system_type {
        char *name;
      };
      struct super_block {
        struct file_system_type *s_type;
      };
      struct inode {
        struct super_block *i_sb;
        unsigned long i_size;
      };
      struct dentry {
        struct inode *d_inode;
      };
      struct path {
        unsigned long mnt;
        struct dentry *dentry;
      };
      struct ovl_path {
        unsigned long layer;
        struct dentry *dentry;
      };
      struct ovl_entry {
        unsigned int __numlower;
        struct ovl_path __lowerstack[2];
      };
      """;
  private static final String UPPER =
      """
        unsigned long flags;
        struct inode vfs_inode;
        struct dentry *__upperdentry;
      """;

  /** The file, and those below. */
  private static final class Overlay {
    private final MadeKernel kernel;
    private final Made overlay;
    private final Made upper;
    private final Made lower;

    /**
     * @param member by which it knows the lower file
     */
    Overlay(String member) {
      this(member, "ovl_inode");
    }

    /**
     * @param name of its structure
     */
    Overlay(String member, String name) {
      kernel =
          new MadeKernel(OTHERS + "struct " + name + " {\n" + UPPER + "  " + member + "\n};\n");
      overlay = kernel.object(name).set("vfs_inode.i_sb", superBlock("overlay"));
      upper = inode("tmpfs");
      lower = inode("ext4");
    }

    private Made superBlock(String type) {
      Made kind = kernel.object("file_system_type").point("name", type);
      return kernel.object("super_block").set("s_type", kind);
    }

    private Made inode(String type) {
      return kernel.object("inode").set("i_sb", superBlock(type));
    }

    Made entry(Made inode) {
      return kernel.object("dentry").set("d_inode", inode);
    }

    long real(long inode) throws KernelReadException {
      return RealInode.of(kernel.memory().object("struct inode", inode)).address();
    }

    long real() throws KernelReadException {
      return real(overlay.at("vfs_inode"));
    }
  }

  @Test
  void whatIsWrittenIsInTheUpperFile() throws Exception {
    Overlay made = new Overlay("struct inode *lower;");
    made.overlay.set("lower", made.lower).set("__upperdentry", made.entry(made.upper));

    assertThat(made.real()).isEqualTo(made.upper.address());
    assertThat(made.real(made.lower.address())).as("of no overlay").isEqualTo(made.lower.address());
  }

  @Test
  void theLowerFileIsKnownByItsInode() throws Exception {
    Overlay made = new Overlay("struct inode *lower;");
    made.overlay.set("lower", made.lower);

    assertThat(made.real()).isEqualTo(made.lower.address());
  }

  /** Before 5.11 the types of modules are not in the dump. */
  @Test
  void withoutTheModulesTypesByItsPlaceBehindTheInode() throws Exception {
    Overlay made = new Overlay("struct inode *lower;", "of_unknown_type");
    made.overlay.set("lower", made.lower);
    assertThat(made.real()).isEqualTo(made.lower.address());

    made.overlay.set("__upperdentry", made.entry(made.upper));
    assertThat(made.real()).isEqualTo(made.upper.address());
  }

  @Test
  void since519ByItsPath() throws Exception {
    Overlay made = new Overlay("struct path lowerpath;");
    made.overlay.set("lowerpath.dentry", made.entry(made.lower));

    assertThat(made.real()).isEqualTo(made.lower.address());
  }

  @Test
  void since65AsTheLastOfItsStack() throws Exception {
    Overlay made = new Overlay("struct ovl_entry *oe;");
    Made entry = made.kernel.object("ovl_entry").set("__numlower", 2);
    // The second of the stack, whose elements have two words, behind a word for the number.
    made.kernel.word(entry.at("__lowerstack") + 24, made.entry(made.lower).address());
    made.overlay.set("oe", entry);

    assertThat(made.real()).isEqualTo(made.lower.address());
  }
}
