package org.vmcore.gdbstub.inspect.files;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code files}, laid out after the command of that name in crash. */
@Command(
    name = "files",
    description = "List the files that a task has open.",
    footer =
        """
        FD is the file descriptor; FILE, DENTRY and INODE are the addresses of the kernel's
        structures, for 'struct file ADDRESS'; paths are those of the task's own mounts. TASK is the
        address of a task_struct. Without either it is the task that the selected CPU ran.
        """)
public final class Files extends Query<Files.Answer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "[PID|TASK]",
      hideParamSyntax = true,
      description = "Of which task.")
  private @Nullable String number;

  /**
   * @param root path of the task's root directory
   * @param cwd of its working directory
   */
  record Answer(
      NamedTask task, Optional<String> root, Optional<String> cwd, List<OpenFile> files) {}

  /**
   * An open file.
   *
   * @param fd the file descriptor
   * @param file address of its {@code struct file}
   * @param dentry address of its {@code struct dentry}, 0 where it cannot be read
   * @param inode address of its {@code struct inode}, 0 where there is none
   * @param type REG, DIR, CHR, BLK, FIFO, SOCK, LNK, or UNKN
   * @param path or what /proc/PID/fd shows for what has none; empty where it cannot be read
   */
  record OpenFile(
      int fd, @Hex long file, @Hex long dentry, @Hex long inode, String type, String path) {
    static OpenFile of(OpenFiles.OpenFile file) {
      return new OpenFile(
          file.number(), file.file(), file.dentry(), file.inode(), file.type(), file.path());
    }
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Task task = new TaskFinder(call).byNumber(Optional.ofNullable(number));
    OpenFiles.OfTask found = OpenFiles.of(call.typed(), call.machine().tasks().list().object(task));
    call.notes().incomplete(found.problem());
    return new Answer(
        NamedTask.of(task),
        found.root(),
        found.directory(),
        found.files().stream().map(OpenFile::of).toList());
  }

  @Override
  public void print(Answer answer, Text out) {
    answer.task().print(out);
    answer.root().ifPresent(root -> out.print("ROOT: %s", root));
    answer.cwd().ifPresent(directory -> out.print("    CWD: %s", directory));
    if (answer.root().isPresent()) {
      out.print("\n");
    }
    if (answer.files().isEmpty()) {
      out.print("No open files\n");
      return;
    }
    String titles = "%s %-1$s %-1$s %-1$s %-4s %s\n".replace("1$", out.digits() + "");
    String row = "%3d %-1$x %-1$x %-1$x %-4s %s\n".replace("1$", out.digits() + "");
    out.row(
        titles,
        " FD",
        Text.centred("FILE", out.digits()),
        Text.centred("DENTRY", out.digits()),
        Text.centred("INODE", out.digits()),
        "TYPE",
        "PATH");
    for (OpenFile file : answer.files()) {
      out.row(row, file.fd(), file.file(), file.dentry(), file.inode(), file.type(), file.path());
    }
  }
}
