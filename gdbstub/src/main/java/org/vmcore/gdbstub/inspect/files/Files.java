package org.vmcore.gdbstub.inspect.files;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.memory.PageKnowledge;
import org.vmcore.gdbstub.inspect.memory.PageRow;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.HexAddress;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.tasks.TaskFinder;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.fs.Paths;
import org.vmcore.gdbstub.linux.mm.CachedFile;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
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

  @Option(names = "-R", paramLabel = "PART", description = "Only files in whose line this is.")
  private @Nullable String part;

  @Option(names = "-c", description = "Show how much of each is in the page cache.")
  private boolean cached;

  @Option(names = "-d", paramLabel = "DENTRY", description = "Show a directory entry instead.")
  private @Nullable String dentry;

  @Option(
      names = "-p",
      paramLabel = "INODE",
      description = "Show the pages of a file that are in the page cache instead.")
  private @Nullable String inode;

  /**
   * @param root path of the task's root directory
   * @param cwd of its working directory
   */
  record OfTask(NamedTask task, Optional<String> root, Optional<String> cwd, List<OpenFile> files)
      implements Answer {}

  /** */
  sealed interface Answer permits OfTask, Entry, Pages {}

  /** Of a file in the page cache, or the first of each large one. */
  record Pages(@Hex long inode, long nrpages, List<PageRow> pages) implements Answer {}

  /** A directory entry. */
  record Entry(@Hex long dentry, @Hex long inode, @Hex long superBlock, String type, String path)
      implements Answer {}

  /**
   * An open file.
   *
   * @param fd the file descriptor
   * @param file address of its {@code struct file}
   * @param dentry address of its {@code struct dentry}, 0 where it cannot be read
   * @param inode address of its {@code struct inode}, 0 where there is none
   * @param type REG, DIR, CHR, BLK, FIFO, SOCK, LNK, or UNKN
   * @param mapping address of the {@code struct address_space} of its pages, and {@code pages} how
   *     many of them are in the page cache; where that was asked for
   * @param path or what /proc/PID/fd shows for what has none; empty where it cannot be read
   */
  record OpenFile(
      int fd,
      @Hex long file,
      @Hex long dentry,
      @Hex long inode,
      String type,
      @Hex OptionalLong mapping,
      OptionalLong pages,
      String path) {}

  @Override
  public Answer answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (dentry != null) {
      return entry(call, HexAddress.parse(dentry));
    } else if (inode != null) {
      return pages(call, call.typed().object("struct inode", HexAddress.parse(inode)));
    }
    Task task = new TaskFinder(call).byNumber(Optional.ofNullable(number));
    OpenFiles.OfTask found = OpenFiles.of(call.typed(), call.machine().tasks().list().object(task));
    call.notes().incomplete(found.problem());
    List<OpenFile> files = new ArrayList<>();
    for (OpenFiles.OpenFile file : found.files()) {
      OpenFile one = open(call, file);
      if (part == null || line(one).contains(part)) {
        files.add(one);
      }
    }
    return new OfTask(NamedTask.of(task), found.root(), found.directory(), files);
  }

  private static String line(OpenFile file) {
    return "%d %x %x %x %s %s"
        .formatted(file.fd(), file.file(), file.dentry(), file.inode(), file.type(), file.path());
  }

  private OpenFile open(Call call, OpenFiles.OpenFile file) throws MissingFactException {
    OptionalLong mapping = OptionalLong.empty();
    OptionalLong pages = OptionalLong.empty();
    if (cached && file.inode() != 0) {
      try {
        KernelObject inode = call.typed().object("struct inode", file.inode());
        mapping = OptionalLong.of(inode.value("i_mapping"));
        pages = OptionalLong.of(inode.value("i_mapping->nrpages"));
      } catch (KernelReadException e) {
        call.notes().incomplete(e);
      }
    }
    return new OpenFile(
        file.number(),
        file.file(),
        file.dentry(),
        file.inode(),
        file.type(),
        mapping,
        pages,
        file.path());
  }

  private static Pages pages(Call call, KernelObject inode)
      throws MissingFactException, KernelReadException {
    PageKnowledge known = PageKnowledge.of(call);
    KernelObject mapping = inode.member("i_mapping").dereference();
    CachedFile file = CachedFile.of(call.typed(), known.frames(), mapping);
    List<PageRow> rows = new ArrayList<>();
    for (long page : file.pages().values()) {
      OptionalLong frame = known.frames().frameOf(page);
      if (frame.isPresent()) {
        rows.add(PageRow.of(known, frame.getAsLong()));
      }
    }
    return new Pages(inode.address(), mapping.value("nrpages"), rows);
  }

  private static Entry entry(Call call, long address)
      throws MissingFactException, KernelReadException {
    KernelObject entry = call.typed().object("struct dentry", address);
    long inode = entry.value("d_inode");
    return new Entry(
        address,
        inode,
        entry.value("d_sb"),
        inode == 0 ? "N/A" : OpenFiles.type(entry.value("d_inode->i_mode")),
        Paths.inFileSystem(entry));
  }

  @Override
  public int version() {
    return 3;
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer instanceof Pages all) {
      out.row(
          "%s  NRPAGES\n",
          Text.format("%-" + out.digits() + "s", Text.centred("INODE", out.digits())));
      out.row("%" + out.digits() + "x  %7d\n\n", all.inode(), all.nrpages());
      if (!all.pages().isEmpty()) {
        PageRow.head(out);
        all.pages().forEach(page -> page.print(out));
      }
    } else if (answer instanceof Entry entry) {
      print(entry, out);
    } else if (answer instanceof OfTask task) {
      print(task, out);
    }
  }

  private static void print(Entry entry, Text out) {
    int digits = out.digits();
    String row = "%-1$s %-1$s %-1$s %-4s %s\n".replace("1$", digits + "");
    out.row(
        row,
        Text.centred("DENTRY", digits),
        Text.centred("INODE", digits),
        Text.centred("SUPERBLK", digits),
        "TYPE",
        "PATH");
    out.row(
        row.replace("s ", "x ").replaceFirst("%-4x", "%-4s"),
        entry.dentry(),
        entry.inode(),
        entry.superBlock(),
        entry.type(),
        entry.path());
  }

  private void print(OfTask answer, Text out) {
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
    if (cached) {
      cached(answer.files(), out);
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

  private static void cached(List<OpenFile> files, Text out) {
    int digits = out.digits();
    String row = "%3s %-1$s %-1$s %7s %-4s %s\n".replace("1$", digits + "");
    out.row(
        row,
        "FD",
        Text.centred("INODE", digits),
        Text.centred("I_MAPPING", digits),
        "NRPAGES",
        "TYPE",
        "PATH");
    for (OpenFile file : files) {
      out.row(
          row,
          file.fd(),
          Long.toHexString(file.inode()),
          file.mapping().isPresent() ? Long.toHexString(file.mapping().getAsLong()) : "?",
          file.pages().isPresent() ? file.pages().getAsLong() : "?",
          file.type(),
          file.path());
    }
  }
}
