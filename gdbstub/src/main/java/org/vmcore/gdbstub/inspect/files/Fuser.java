package org.vmcore.gdbstub.inspect.files;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.tasks.AddressSpace;
import org.vmcore.gdbstub.linux.tasks.MemoryRegion;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code fuser}, laid out after the command of that name in crash. */
@Command(
    name = "fuser",
    description = "List the tasks that use a file or a directory.",
    footer =
        """
        FILE is a path, or the address of an inode. USAGE tells how: fd as an open file, mmap mapped,
        root and cwd as its directories. For a directory also what is below it counts.
        """)
public final class Fuser extends Query<Fuser.Answer> {
  @Parameters(paramLabel = "FILE", description = "A path or an inode's address.")
  private String file = "";

  /** */
  record Answer(Rows<User> users) {}

  /**
   * A task that uses it.
   *
   * @param usage in which ways
   */
  record User(NamedTask task, List<String> usage) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    boolean path = file.startsWith("/");
    long inode = path ? 0 : HexAddress.parse(file);
    return new Answer(Rows.of(call, out -> find(call, inode, out)));
  }

  private void find(Call call, long inode, Consumer<User> out)
      throws NoAnswerException, MissingFactException {
    Tasks tasks = call.machine().tasks().list();
    boolean any = false;
    for (Task task : tasks.all()) {
      call.stillBusy();
      Set<String> usage = new TreeSet<>();
      try {
        open(call, tasks, task, inode, usage);
        mapped(tasks, task, inode, usage);
      } catch (KernelReadException e) {
        call.notes().incomplete(e);
      }
      if (!usage.isEmpty()) {
        any = true;
        out.accept(new User(NamedTask.of(task), new ArrayList<>(usage)));
      }
    }
    if (!any) {
      throw NoAnswerException.notThere("no task uses " + file);
    }
  }

  private boolean is(String path) {
    return path.equals(file) || path.startsWith(file.endsWith("/") ? file : file + "/");
  }

  private void open(Call call, Tasks tasks, Task task, long inode, Set<String> usage)
      throws MissingFactException, KernelReadException {
    OpenFiles.OfTask found = OpenFiles.of(call.typed(), tasks.object(task));
    for (OpenFiles.OpenFile open : found.files()) {
      if (inode == 0 ? is(open.path()) : open.inode() == inode) {
        usage.add("fd");
      }
    }
    if (inode == 0 && !task.kernelThread()) {
      found.root().filter(file::equals).ifPresent(path -> usage.add("root"));
      found.directory().filter(this::is).ifPresent(path -> usage.add("cwd"));
    }
  }

  private void mapped(Tasks tasks, Task task, long inode, Set<String> usage)
      throws KernelReadException {
    AddressSpace space = tasks.addressSpace(task).orElse(null);
    if (space != null && inode == 0) {
      for (MemoryRegion region : space.regions()) {
        if (is(region.file())) {
          usage.add("mmap");
        }
      }
    }
  }

  @Override
  public void print(Answer answer, Text out) {
    int digits = out.digits();
    out.print(" PID   %s  COMM             USAGE\n", Text.centred("TASK", digits + 1));
    String row = "%5d  %" + digits + "s  %-16s %s \n";
    int unused =
        answer
            .users()
            .forEach(
                user ->
                    out.row(
                        row,
                        user.task().pid(),
                        Long.toHexString(user.task().task()),
                        '"' + user.task().comm() + '"',
                        String.join(" ", user.usage())));
  }
}
