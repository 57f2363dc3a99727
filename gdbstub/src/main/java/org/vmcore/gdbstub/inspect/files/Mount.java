package org.vmcore.gdbstub.inspect.files;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.Visible;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.fs.MountShape;
import org.vmcore.gdbstub.linux.fs.Mounts;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mount}, laid out after the command of that name in crash. */
@Command(
    name = "mount",
    description = "List the mounted file systems.",
    footer =
        """
        MOUNT and SUPERBLK are the addresses of the kernel's structures. A PID or the address of a
        task_struct chooses whose mount namespace is shown; the first process' is by default, which is
        told by its shape where the kernel's types are not known. -f lists the files that tasks have
        open there.
        """)
public final class Mount extends Query<Mount.Answer> {
  /** Wider columns would push what comes after them off the screen. */
  private static final int MAX_WIDTH = 40;

  @Parameters(
      arity = "0..1",
      paramLabel = "[MATCH]",
      hideParamSyntax = true,
      description =
          "Only those of this type, device, directory, or with this mount or superblock; a PID or"
              + " the address of a task_struct is one whose namespace is meant.")
  private @Nullable String match;

  @Option(names = "-n", paramLabel = "PID|TASK", description = "As which task sees them.")
  private @Nullable String number;

  @Option(names = "-f", description = "List their open files, too.")
  private boolean open;

  /**
   * In the kernel's order.
   *
   * @param files that are open there, where they were asked for
   */
  record Answer(List<Mounted> mounts, List<OpenFile> files) {}

  /**
   * An open file.
   *
   * @param file address of its {@code struct file}
   */
  record OpenFile(
      @Hex long superBlock,
      @Hex long file,
      @Hex long dentry,
      @Hex long inode,
      String type,
      String path) {}

  /**
   * A mounted file system.
   *
   * @param mount address of its {@code struct mount}
   * @param superBlock address of its {@code struct super_block}
   * @param device what was given to mount
   * @param directory where it is mounted
   */
  record Mounted(
      @Hex long mount, @Hex long superBlock, String type, String device, String directory) {
    boolean is(String word) {
      return word.equals(type)
          || word.equals(device)
          || word.equals(directory)
          || word.equals(Long.toHexString(mount))
          || word.equals(Long.toHexString(superBlock));
    }

    static Mounted of(Mounts.Mounted mount) {
      return new Mounted(
          mount.address(), mount.superBlock(), mount.type(), mount.device(), mount.directory());
    }
  }

  @Option(names = "-i", hidden = true, description = "What 2.6.32 listed of dirty inodes.")
  private boolean dirty;

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (dirty) {
      throw NoAnswerException.notThere(
          "-i: kernels since 2.6.32 have no list of a file system's dirty inodes");
    }
    LinuxKernel linux = call.machine().linux();
    if (number == null && match == null && !open && linux.types().isEmpty()) {
      Optional<List<Mounts.Mounted>> shaped = MountShape.find(linux.memory(), linux::address);
      if (shaped.isPresent()) {
        call.notes()
            .incomplete(
                "told by the shape of the mounts, as no types of this kernel are known;"
                    + " --vmlinux FILE with debug info makes it certain");
        return new Answer(shaped.get().stream().map(Mounted::of).toList(), List.of());
      }
    }
    Optional<Task> named = number == null ? taskOf(call, match) : taskOf(call, number);
    if (number != null && named.isEmpty()) {
      throw NoAnswerException.notThere("there is no task " + number);
    }
    KernelObject task =
        named.isEmpty()
            ? call.typed().variable("init_task", "struct task_struct")
            : call.machine().tasks().list().object(named.get());
    Listing<Mounts.Mounted> found = Mounts.of(call.typed(), task);
    call.notes().incomplete(found.problem());
    boolean all = match == null || (number == null && named.isPresent());
    List<Mounted> mounts =
        found.all().stream()
            .map(Mounted::of)
            .filter(mount -> all || mount.is(String.valueOf(match)))
            .toList();
    if (mounts.isEmpty() && !all) {
      throw NoAnswerException.notThere("nothing is mounted that is '" + match + "'");
    }
    return new Answer(mounts, open ? files(call, mounts) : List.of());
  }

  /** The task that a word names, if it names one. */
  private static Optional<Task> taskOf(Call call, @Nullable String word)
      throws MissingFactException {
    try {
      return word == null || !word.matches("[0-9a-fA-Fx]+")
          ? Optional.empty()
          : Optional.of(new TaskFinder(call).byNumber(Optional.of(word)));
    } catch (NoAnswerException e) {
      // Then it is not a task that the word names, but a file system.
      return Optional.empty();
    }
  }

  /** What tasks have open in any of them. */
  private static List<OpenFile> files(Call call, List<Mounted> mounts)
      throws MissingFactException, KernelReadException {
    List<OpenFile> all = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    for (Task task : call.machine().tasks().list().all()) {
      OpenFiles.OfTask found =
          OpenFiles.of(call.typed(), call.machine().tasks().list().object(task));
      call.notes().incomplete(found.problem());
      for (OpenFiles.OpenFile file : found.files()) {
        if (file.dentry() != 0 && seen.add(file.file())) {
          long superBlock = call.typed().object("struct dentry", file.dentry()).value("d_sb");
          if (mounts.stream().anyMatch(mount -> mount.superBlock() == superBlock)) {
            all.add(
                new OpenFile(
                    superBlock,
                    file.file(),
                    file.dentry(),
                    file.inode(),
                    file.type(),
                    file.path()));
          }
        }
      }
    }
    return all;
  }

  @Override
  public void print(Answer answer, Text out) {
    int digits = out.digits();
    String pattern =
        "%%-%1$ds %%-%1$ds %%-%2$ds %%-%3$ds %%s\n"
            .formatted(
                digits,
                width("TYPE", answer.mounts(), Mounted::type),
                width("DEVNAME", answer.mounts(), Mounted::device));
    String half = " ".repeat((digits - "SUPERBLK".length()) / 2);
    out.row(pattern, half + " MOUNT", half + "SUPERBLK", "TYPE", "DEVNAME", "DIRNAME");
    for (Mounted mount : answer.mounts()) {
      out.row(
          pattern,
          Long.toHexString(mount.mount()),
          Long.toHexString(mount.superBlock()),
          mount.type(),
          mount.device(),
          mount.directory());
      if (open) {
        files(answer.files(), mount.superBlock(), out);
      }
    }
  }

  private static void files(List<OpenFile> files, long superBlock, Text out) {
    String row = "%-" + out.digits() + "x %-" + out.digits() + "x %-4s %s\n";
    out.print("OPEN FILES:\n");
    files.stream()
        .filter(file -> file.superBlock() == superBlock)
        .forEach(file -> out.row(row, file.dentry(), file.inode(), file.type(), file.path()));
    out.print("\n");
  }

  private static int width(String title, List<Mounted> mounts, Function<Mounted, String> field) {
    int widest =
        mounts.stream()
            .mapToInt(mount -> Visible.line(field.apply(mount)).length())
            .max()
            .orElse(0);
    return Math.max(title.length(), Math.min(widest, MAX_WIDTH));
  }
}
