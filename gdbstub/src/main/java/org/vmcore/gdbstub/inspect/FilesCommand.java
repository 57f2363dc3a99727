package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.fs.OpenFiles;
import org.vmcore.gdbstub.linux.fs.OpenFiles.OpenFile;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** {@code monitor files [PID|TASK]}, laid out after the command of that name in crash. */
final class FilesCommand extends KernelCommand {
  FilesCommand() {
    super(
        "files",
        "[PID|TASK]",
        "List the files that a task has open",
        """
        FD is the file descriptor; FILE, DENTRY and INODE are the addresses of the kernel's
        structures, for 'struct file ADDRESS'; paths are those of the task's own mounts. TASK is the
        address of a task_struct. Without either it is the task that the selected CPU ran.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    TypedMemory memory = typed(call);
    Task task = task(machine(call).tasks().list(), call, arguments);
    OpenFiles.Found found = OpenFiles.of(memory, object(memory, task));
    StringBuilder text = new StringBuilder(heading(task));
    found.root().ifPresent(root -> text.append("ROOT: ").append(root));
    found.directory().ifPresent(directory -> text.append("    CWD: ").append(directory));
    text.append(found.root().isPresent() ? "\n" : "");
    int digits = machine(call).pointerBytes() * 2;
    List<Object> files = new ArrayList<>();
    if (found.files().isEmpty()) {
      text.append("No open files\n");
    } else {
      text.append(
          row(
              digits,
              " FD",
              centred("FILE", digits),
              centred("DENTRY", digits),
              centred("INODE", digits),
              "TYPE",
              "PATH"));
    }
    for (OpenFile file : found.files()) {
      text.append(
          row(
              digits,
              "%3d".formatted(file.number()),
              Long.toHexString(file.file()),
              Long.toHexString(file.dentry()),
              Long.toHexString(file.inode()),
              file.type(),
              file.path()));
      files.add(tree(file));
    }
    text.append(note(found.problem()));
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("pid", task.pid());
    tree.put("task", hex(task.address()));
    tree.put("comm", task.comm());
    found.root().ifPresent(root -> tree.put("root", root));
    found.directory().ifPresent(directory -> tree.put("cwd", directory));
    tree.put("files", files);
    return new Answer(text.toString(), tree);
  }

  private static String centred(String text, int width) {
    return " ".repeat((width - text.length()) / 2) + text;
  }

  private static String row(int digits, String number, String... rest) {
    String pattern = "%s %-" + digits + "s %-" + digits + "s %-" + digits + "s %-4s %s\n";
    return pattern.formatted(number, rest[0], rest[1], rest[2], rest[3], rest[4]);
  }

  private static Map<String, Object> tree(OpenFile file) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("fd", file.number());
    tree.put("file", hex(file.file()));
    tree.put("dentry", hex(file.dentry()));
    tree.put("inode", hex(file.inode()));
    tree.put("type", file.type());
    tree.put("path", file.path());
    return tree;
  }
}
