package org.vmcore.gdbstub.linux.fs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The files that a task has open (Linux include/linux/fdtable.h, include/linux/fs_struct.h). */
public final class OpenFiles {
  /** As fs.nr_open is set by default (fs/file.c); more are not looked at. */
  private static final int MAX_FILES = 1 << 20;

  /** S_IFMT (include/uapi/linux/stat.h). */
  private static final int TYPE_MASK = 0170000;

  private OpenFiles() {}

  /**
   * An open file.
   *
   * @param number the file descriptor
   * @param file address of its {@code struct file}
   * @param dentry address of its {@code struct dentry}, 0 where it cannot be read
   * @param inode address of its {@code struct inode}, 0 where there is none
   * @param type REG, DIR, CHR, BLK, FIFO, SOCK, LNK, or UNKN
   * @param path its path, or what /proc/PID/fd shows for what has none; empty where it cannot be
   *     read
   * @param problem why that is not all that is to be told of it
   */
  public record OpenFile(
      int number,
      long file,
      long dentry,
      long inode,
      String type,
      String path,
      Optional<String> problem) {}

  /**
   * @param root path of its root directory; empty for a task without
   * @param directory its working directory
   * @param files empty for a task without
   * @param problem why the list is not whole, if it is not
   */
  public record OfTask(
      Optional<String> root,
      Optional<String> directory,
      List<OpenFile> files,
      Optional<String> problem) {}

  /**
   * What a task has open.
   *
   * @param task a {@code struct task_struct}
   */
  public static OfTask of(TypedMemory memory, KernelObject task) throws KernelReadException {
    Optional<String> root = Optional.empty();
    Optional<String> directory = Optional.empty();
    Optional<String> problem = Optional.empty();
    if (task.value("fs") != 0) {
      try {
        root = Optional.of(Paths.of(task.member("fs->root")));
        directory = Optional.of(Paths.of(task.member("fs->pwd")));
      } catch (KernelReadException e) {
        problem = Optional.ofNullable(e.getMessage());
      }
    }
    List<OpenFile> files = new ArrayList<>();
    if (task.value("files") != 0) {
      KernelObject table = task.member("files->fdt").dereference();
      long count = table.value("max_fds");
      long array = table.value("fd");
      for (int i = 0; i < Math.min(count, MAX_FILES); i++) {
        OptionalLong file = memory.memory().word(array + (long) i * memory.memory().wordBytes());
        if (file.isEmpty()) {
          problem = Optional.of("the table of open files at %#x ends early".formatted(array));
          break;
        }
        if (file.getAsLong() != 0) {
          OpenFile open = file(i, memory.object("struct file", file.getAsLong()));
          files.add(open);
          problem = problem.or(open::problem);
        }
      }
    }
    return new OfTask(root, directory, List.copyOf(files), problem);
  }

  private static OpenFile file(int number, KernelObject file) {
    long dentry = 0;
    long inode = 0;
    String type = "UNKN";
    String path = "";
    Optional<String> problem = Optional.empty();
    try {
      dentry = file.value("f_path.dentry");
      inode = file.value("f_path.dentry->d_inode");
      type = inode == 0 ? type : type(file.value("f_path.dentry->d_inode->i_mode"));
      path = path(file);
    } catch (KernelReadException e) {
      problem = Optional.of("file %d: %s".formatted(number, e.getMessage()));
    }
    return new OpenFile(number, file.address(), dentry, inode, type, path, problem);
  }

  /** As crash abbreviates the types of include/uapi/linux/stat.h. */
  public static String type(long mode) {
    return switch ((int) mode & TYPE_MASK) {
      case 0010000 -> "FIFO";
      case 0020000 -> "CHR";
      case 0040000 -> "DIR";
      case 0060000 -> "BLK";
      case 0100000 -> "REG";
      case 0120000 -> "LNK";
      case 0140000 -> "SOCK";
      default -> "UNKN";
    };
  }

  /**
   * File systems that are mounted nowhere name their files by d_dname() (fs/pipe.c, net/socket.c,
   * fs/anon_inodes.c).
   */
  private static String path(KernelObject file) throws KernelReadException {
    KernelObject dentry = file.member("f_path.dentry").dereference();
    return switch (dentry.string("d_sb->s_type->name")) {
      case "pipefs" -> "pipe:[" + Long.toUnsignedString(dentry.value("d_inode->i_ino")) + "]";
      case "sockfs" -> "socket:[" + Long.toUnsignedString(dentry.value("d_inode->i_ino")) + "]";
      case "anon_inodefs" -> "anon_inode:" + Paths.name(dentry);
      default -> Paths.of(file.member("f_path"));
    };
  }
}
